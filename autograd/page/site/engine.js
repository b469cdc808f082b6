// The Python side, in a worker: asked one thing at a time, and ended where it takes too long.
import { Asker } from "./asker.js";

const LIMIT = 10_000; // ms for an answer, once Python is there
const READY = 120_000; // ms for Python, or SymPy, to load on a slow machine

export class Engine extends Asker {
  constructor(told) {
    super();
    this.told = told; // called with "loading", "ready", "stopped" or "broken"
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

  deliver(request) {
    this.clock = setTimeout(() => this.fail("stopped"), request.show === "expression" ? READY : LIMIT);
    this.worker.postMessage(request);
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
      this.answered(answer);
      return;
    }
    this.send();
  }

  fail(how) {
    clearTimeout(this.clock);
    this.worker.terminate();
    this.drop();
    if (how === "stopped") this.start();
    this.told(how);
  }
}

export const SECONDS = LIMIT / 1000;
