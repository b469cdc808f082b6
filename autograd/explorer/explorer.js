// The widget of a notebook's cell: the page's sliders and views, asking the kernel.
import { Asker } from "./asker.js";
import { el, fill, picture } from "./dom.js";
import { Sliders } from "./sliders.js";
import { style } from "./style.js";
import { choosable, choose, fitted, views } from "./views.js";
import { words } from "./words.js";

const PATIENCE = 10_000; // ms for an answer, before the reader is told that none comes

class Kernel extends Asker {
  // `told` is called with whether the kernel keeps the reader waiting.
  constructor(model, told) {
    super();
    this.model = model;
    this.told = told;
    this.own = crypto.randomUUID();
    this.count = 0;
  }

  deliver(request) {
    this.id = `${this.own} ${(this.count += 1)}`;
    this.clock = setTimeout(() => this.told(true), PATIENCE);
    this.model.set("request", { ...request, id: this.id });
    this.model.save_changes();
  }

  // Whether an answer is the one that is awaited, and not one to another view of the widget.
  heard(answer) {
    if (!this.waiting || answer.id !== this.id) return false;
    clearTimeout(this.clock);
    this.told(false);
    this.answered(answer);
    return true;
  }
}

function render({ model, el: place }) {
  const w = words.explorer;
  const host = el("div", { "data-lm-suppress-shortcuts": "true" });
  const root = host.attachShadow({ mode: "open" });
  place.append(host);
  const part = (name, properties = {}) => el("div", { class: name, ...properties });
  const result = el("p", { class: "result", role: "status" });
  const moved = part("sliders", { role: "group", "aria-label": w.sliders });
  const wrong = el("p", { class: "error", role: "alert" });
  const said = el("span", { role: "status" });
  const note = el("p", { class: "note" });
  const [values, derivation, graph] = ["values", "derivation", "graph"].map((name) => part(name));
  const reset = el("button", { type: "button", onclick: () => { sliders.forget(); change({ numbers: {} }); } }, w.reset);
  root.append(
    el("style", {}, style),
    el("section", { class: "explorer", "aria-label": w.explorer },
      el("div", { class: "asked" }, result, moved, el("p", { class: "line" }, reset, said), wrong, note, values),
      el("div", { class: "shown" }, derivation, graph)));

  let state = { numbers: {}, wrt: "", form: "auto" };
  const kernel = new Kernel(model, (waits) => { said.textContent = waits ? w.waits : ""; });
  const sliders = new Sliders(moved, (name, number) => change({ numbers: { ...state.numbers, [name]: number } }));
  const drawn = drawing(model.get("picture"), (wrt) => change({ wrt }));
  graph.append(...drawn.elements);

  async function change(part) {
    state = { ...state, ...part };
    const { numbers, wrt, form } = state;
    const answer = await kernel.ask({ numbers, wrt, form });
    if (answer) show(answer);
  }

  function show(answer) {
    wrong.textContent = answer.ok ? "" : answer.error;
    root.querySelector(".shown").classList.toggle("stale", !answer.ok);
    values.classList.toggle("stale", !answer.ok);
    if (!answer.ok) return;
    note.textContent = answer.note;
    sliders.show(answer.leaves);
    const parts = answer.parts;
    const gradient = parts.derivation.ok ? `, ${parts.derivation.title} = ${parts.derivation.gradient}` : "";
    result.textContent = `${answer.result} = ${answer.number}${gradient}`;
    const ask = (request) => kernel.ask({ numbers: state.numbers, wrt: parts.derivation.wrt, ...request });
    for (const [panel, name] of [[values, "values"], [derivation, "derivation"]]) {
      const found = { ...answer, ...parts[name] };
      if (name === "values" && renumber(panel, found)) continue;
      fill(panel, found.ok ? views[name](found, state, change, said, ask) : [el("p", { class: "error" }, found.error)]);
    }
    drawn.show(parts.graph, parts.derivation.wrt);
  }

  const heard = () => {
    const answer = model.get("answer");
    if (!kernel.heard(answer) && answer.parts) show(answer);
  };
  model.on("change:answer", heard);
  show(model.get("answer"));
  return [() => model.off("change:answer", heard), followTheme(host)];
}

// The numbers of the table put in place, where it is there: its formulas stay as they are, and to
// lay them out anew would take most of the time of a move.
function renumber(panel, { ok, values }) {
  const figures = panel.querySelectorAll("td .figure");
  if (!ok || figures.length !== 2 * values.length) return false;
  values.flatMap((v) => [v.number, v.gradient]).forEach((text, i) => put(figures[i], text));
  return true;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The picture, laid out once; `show` writes the numbers into their places.
function drawing({ ok, error, svg, keys, description }, chosen) {
  if (!ok) return { elements: [el("p", { class: "error" }, error)], show() {} };
  const drawn = fitted(picture(svg));
  choosable(drawn, keys, "", chosen);
  const cells = new Map([...drawn.querySelectorAll("[data-cell]")].map((text) => [text.dataset.cell, text]));
  const groups = [...drawn.querySelectorAll("g.value, g.partial")];
  const show = (found, wrt) => {
    if (!found.ok) return;
    for (const [cell, text] of cells) put(text, found.cells[cell]);
    const marked = new Set(found.marked);
    for (const group of groups) group.classList.toggle("marked", [...group.classList].some((name) => marked.has(name)));
    choose(drawn, keys, wrt);
  };
  const elements = [
    el("p", { class: "line" }, words.explorer.choose),
    el("div", { class: "wide picture", role: "region", tabindex: "0", "aria-label": description }, drawn),
  ];
  return { elements, show };
}

// Dark where the notebook is: its theme is in no media query, but behind the widget.
function followTheme(host) {
  const follow = () => { host.style.colorScheme = isDark(host) ? "dark" : "light"; };
  const watch = new MutationObserver(follow);
  for (const element of [document.documentElement, document.body]) watch.observe(element, { attributes: true });
  const placed = new ResizeObserver(follow); // tells too when the widget is put on the page
  placed.observe(host);
  return () => {
    watch.disconnect();
    placed.disconnect();
  };
}

function isDark(element) {
  const pen = el("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  for (let behind = element; behind; behind = behind.parentElement ?? behind.getRootNode().host) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = "transparent";
    pen.fillStyle = getComputedStyle(behind).backgroundColor; // in any notation; off the page in none
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    if (alpha > 128) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export default {
  render(context) {
    const ends = render(context);
    return () => ends.forEach((end) => end());
  },
};
