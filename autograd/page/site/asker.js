// One request at a time: of those that come while an answer is awaited the newest is sent.
export class Asker {
  ready = true;
  waiting = null;
  next = null;

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
    this.deliver(this.waiting.request);
  }

  answered(answer) {
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve(answer);
    this.send();
  }

  // No answer will come to what is awaited.
  drop() {
    this.waiting?.resolve(null);
    this.waiting = null;
  }
}
