// The element that steps through a sweep. It needs no kernel and no network: the picture, the
// steps as a list and what each step changes are in the element, and its script is beside it.
(() => {
  const NAME = "whygrad-sweep-VERSION";
  if (customElements.get(NAME)) return;

  class Sweep extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      // While the parser is at work the element is connected before its content is there.
      if (document.readyState === "loading" && !this.querySelector("script")) {
        document.addEventListener("DOMContentLoaded", () => this.start(), { once: true });
      } else {
        this.start();
      }
    }

    disconnectedCallback() {
      this.pause();
    }

    start() {
      if (this.shadowRoot) return;
      // A shadow root keeps the page's styles out, and ours in.
      this.attachShadow({ mode: "open" }).append(...this.childNodes);
      const find = (selector) => this.shadowRoot.querySelector(selector);
      const style = find("style");
      if (style) style.media = "all";
      this.steps = JSON.parse(find("script").textContent);
      this.items = [...this.shadowRoot.querySelectorAll("li")];
      this.formulas = [...find(".formulas").children];
      this.slider = find("input");
      this.line = find(".line");
      this.place = find("output");
      // A group is named after its value: v3 its box, v3op its operation, v3in what leads there.
      this.parts = [];
      for (const group of this.shadowRoot.querySelectorAll("svg g[class]")) {
        const names = [...group.classList];
        const value = /\b(v\d+)/.exec(group.getAttribute("class"));
        if (value) this.parts.push({ group, names, value: value[1] });
      }
      this.cells = new Map();
      for (const text of this.shadowRoot.querySelectorAll("[data-cell]")) {
        this.cells.set(text.dataset.cell, text);
      }
      this.buttons = Object.fromEntries(
        [...this.shadowRoot.querySelectorAll(".controls button")].map((b) => [b.name, b]));
      this.buttons.previous.onclick = () => this.turnTo(this.at - 1);
      this.buttons.next.onclick = () => this.turnTo(this.at + 1);
      this.buttons.play.onclick = () => (this.timer ? this.pause() : this.play());
      this.slider.oninput = () => this.turnTo(this.slider.valueAsNumber);
      this.items.forEach((item, i) => {
        const button = document.createElement("button");
        button.append(...item.childNodes);
        button.onclick = () => this.turnTo(i);
        item.append(button);
      });
      this.addEventListener("keydown", (event) => this.onKey(event));
      find("details").open = false;
      find(".controls").hidden = false;
      this.show(0);
    }

    onKey(event) {
      const last = this.steps.length - 1;
      const target = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last };
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in target)) return;
      event.preventDefault();
      event.stopPropagation();
      this.turnTo(target[event.key]);
    }

    turnTo(index) {
      this.pause();
      this.show(index);
    }

    play() {
      if (this.at === this.steps.length - 1) this.show(0);
      this.timer = setInterval(() => {
        this.show(this.at + 1);
        if (this.at === this.steps.length - 1) this.pause();
      }, 1200);
      this.nameThePlayButton();
    }

    pause() {
      clearInterval(this.timer);
      this.timer = null;
      if (this.buttons) this.nameThePlayButton();
    }

    nameThePlayButton() {
      this.buttons.play.textContent = this.timer ? "❚❚" : "▶";
      this.buttons.play.setAttribute("aria-label", this.timer ? "Pause" : "Play");
    }

    // A step lists only what it changes, so the picture at a step is all changes up to it.
    show(index) {
      this.at = Math.max(0, Math.min(index, this.steps.length - 1));
      const texts = new Map();
      const known = new Set();
      for (const step of this.steps.slice(0, this.at + 1)) {
        for (const [cell, text] of Object.entries(step.cells)) {
          texts.set(cell, text);
          known.add(cell.split(".")[0]);
        }
      }
      for (const [cell, text] of this.cells) {
        const now = texts.get(cell) ?? (cell.endsWith(".grad") ? "—" : "");
        if (text.textContent !== now) text.textContent = now;
      }
      const step = this.steps[this.at];
      for (const part of this.parts) {
        part.group.classList.toggle("now", part.names.some((name) => step.marked.includes(name)));
        part.group.classList.toggle("waiting", !known.has(part.value));
      }
      const said = this.items[this.at].textContent;
      // A formula is not broken into lines: one that is too wide is said in text.
      this.line.replaceChildren(this.formulas[this.at].cloneNode(true));
      if (this.line.scrollWidth > this.line.clientWidth) this.line.textContent = said;
      this.slider.value = this.at;
      this.slider.setAttribute("aria-valuetext", `${this.at + 1}: ${said}`);
      this.place.textContent = `${step.phase}, step ${this.at + 1} of ${this.steps.length}`;
      this.buttons.previous.disabled = this.at === 0;
      this.buttons.next.disabled = this.at === this.steps.length - 1;
      this.items.forEach((item, i) =>
        i === this.at ? item.setAttribute("aria-current", "step")
                      : item.removeAttribute("aria-current"));
    }
  }
  customElements.define(NAME, Sweep);
})();
