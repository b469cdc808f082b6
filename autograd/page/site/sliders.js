// A slider and a field for each number: what is moved is told, and what is shown follows.
import { el } from "./dom.js";
import { words } from "./words.js";

export class Sliders {
  leaves = [];

  // `moved` is called with a name and its new number.
  constructor(place, moved) {
    this.place = place;
    this.moved = moved;
  }

  // At the next answer the sliders are made anew, around its numbers.
  forget() {
    this.leaves = [];
  }

  show(leaves) {
    const same = this.leaves.length === leaves.length && this.leaves.every((leaf, i) => leaf.name === leaves[i].name);
    if (!same) this.place.replaceChildren(...leaves.map((leaf) => this.slider(leaf)));
    this.leaves = leaves;
    const active = this.place.getRootNode().activeElement;
    for (const { name, number } of leaves) {
      for (const input of this.inputs(name)) {
        if (input !== active && input.value !== String(number)) input.value = number;
      }
    }
  }

  inputs(name) {
    return this.place.querySelectorAll(`[data-leaf="${CSS.escape(name)}"]`);
  }

  slider({ name, number, role }) {
    const reach = Math.max(1, Math.abs(number) * 2);
    const set = ({ target }) => {
      if (!Number.isFinite(target.valueAsNumber)) return;
      const moved = target.type === "range" ? Number(target.valueAsNumber.toPrecision(4)) : target.valueAsNumber;
      for (const other of this.inputs(name)) if (other !== target) other.value = moved;
      this.moved(name, moved);
    };
    const properties = { step: "any", value: number, "data-leaf": name, oninput: set };
    return el("p", { class: `slider ${role}` },
      el("span", {}, name, " ", el("small", {}, words.roles[role] ?? role)),
      el("input", { type: "range", min: number - reach, max: number + reach, "aria-label": words.slider(name), ...properties }),
      el("input", { type: "number", "aria-label": words.number(name), ...properties }));
  }
}
