// Few requests at a time: of those that come while answers are awaited the newest is sent.
export class Asker {
  ready = true;
  underway = [];
  next = null;

  // At most so many requests are underway; their answers come in order.
  constructor(most = 1) {
    this.most = most;
  }

  get isDone() {
    return !this.underway.length && !this.next;
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
    if (!this.ready || this.underway.length >= this.most || !this.next) return;
    const sent = this.next;
    this.next = null;
    this.underway.push(sent);
    this.deliver(sent.request);
  }

  answered(answer) {
    this.underway.shift().resolve(answer);
    this.send();
  }

  // No answer will come to what is awaited.
  drop() {
    for (const { resolve } of this.underway) resolve(null);
    this.underway = [];
  }
}
