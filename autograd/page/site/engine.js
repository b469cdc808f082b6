// The Python side, in a worker: asked one thing at a time, and ended where it takes too long.

const LIMIT = 10_000; // ms for an answer, once Python is there
const READY = 120_000; // ms for Python, or SymPy, to load on a slow machine

export class Engine {
  constructor(told) {
    this.told = told; // called with "loading", "ready", "stopped" or "broken"
    this.waiting = null;
    this.start();
  }

  start() {
    this.told("loading");
    this.ready = false;
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.heard(data);
    this.worker.onerror = () => this.fail("broken");
    this.clock = setTimeout(() => this.fail("broken"), READY);
  }

  // The promise of an answer; null where a newer request has taken its place.
  ask(request) {
    return new Promise((resolve) => {
      this.next?.resolve(null);
      this.next = { request, resolve };
      this.send();
    });
  }

  send() {
    if (!this.ready || this.waiting || !this.next) return;
    this.waiting = this.next;
    this.next = null;
    this.clock = setTimeout(() => this.fail("stopped"), this.waiting.request.show === "expression" ? READY : LIMIT);
    this.worker.postMessage(this.waiting.request);
  }

  heard(answer) {
    clearTimeout(this.clock);
    if (answer.ready) {
      this.ready = true;
      this.told("ready");
    } else if (answer.broken) {
      this.fail("broken");
      return;
    } else {
      const { resolve } = this.waiting;
      this.waiting = null;
      resolve(answer);
    }
    this.send();
  }

  fail(how) {
    clearTimeout(this.clock);
    this.worker.terminate();
    this.waiting?.resolve(null);
    this.waiting = null;
    if (how === "stopped") this.start();
    this.told(how);
  }
}

export const SECONDS = LIMIT / 1000;
