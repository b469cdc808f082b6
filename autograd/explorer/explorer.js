// The widget of a notebook's cell: the page's sliders and views, asking the kernel.
import { Asker } from "./asker.js";
import { el, fill, picture, put } from "./dom.js";
import { Sliders } from "./sliders.js";
import { style } from "./style.js";
import { choosable, choose, fitted, follow, views } from "./views.js";
import { words } from "./words.js";

const PATIENCE = 10_000; // ms for an answer, before the reader is told that none comes

class Kernel extends Asker {
  // `told` is called with whether the kernel keeps the reader waiting.
  constructor(model, told) {
    super(2); // the kernel has the next one by when it is done with the first
    this.model = model;
    this.told = told;
    this.own = crypto.randomUUID();
    this.count = 0;
    this.heardOf = 0;
  }

  deliver(request) {
    const id = (this.count += 1);
    const status = (message) => message?.content?.execution_state === "busy" && this.nudge(id);
    this.model.send({ ...request, id: [this.own, id] }, { iopub: { status } });
    this.wait();
  }

  // Jupyter's server holds an answer back until the browser has acknowledged the message before
  // it, "busy". The browser does so with the next that it sends, or 40 ms later.
  nudge(id) {
    if (id === this.count && id > this.heardOf) this.model.send({});
  }

  wait() {
    clearTimeout(this.clock);
    if (this.underway.length) this.clock = setTimeout(() => this.told(true), PATIENCE);
  }

  // Whether an answer is to a request of this view of the widget.
  heard(answer) {
    const [own, id] = answer.id;
    if (own !== this.own) return false;
    this.told(false);
    this.heardOf = id;
    while (this.count - this.underway.length + 1 < id) this.answered(null); // to those none will come
    this.answered(answer);
    this.wait();
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
  const again = () => change({ numbers: {} }, () => sliders.forget());
  const reset = el("button", { type: "button", onclick: again }, w.reset);
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
  const shown = [[values, "values"], [derivation, "derivation"]]
    .map(([panel, name]) => following(panel, name, (found) => views[name](found, state, change, said, ask)));
  const ask = (request) => kernel.ask({ ...state, ...request });

  // `before` is done when the answer is there, before it is shown.
  async function change(part, before = () => {}) {
    state = { ...state, ...part };
    const answer = await kernel.ask(state);
    if (!answer) return;
    before();
    show(answer);
  }

  function show(answer) {
    put(wrong, answer.ok ? "" : answer.error);
    root.querySelector(".shown").classList.toggle("stale", !answer.ok);
    values.classList.toggle("stale", !answer.ok);
    if (!answer.ok) return;
    put(note, answer.note);
    if (kernel.isDone) sliders.show(answer.leaves); // else they have moved on
    const parts = answer.parts;
    const gradient = parts.derivation.ok ? `, ${parts.derivation.title} = ${parts.derivation.gradient}` : "";
    put(result, `${answer.result} = ${answer.number}${gradient}`);
    for (const panel of shown) panel(answer);
    drawn.show(parts.graph, parts.derivation.wrt);
  }

  // What this view did not ask for: the first answer, and those to other views of the widget.
  function adopt(answer) {
    const { wrt, form } = { ...state, ...answer.parts.derivation };
    state = { numbers: Object.fromEntries(answer.leaves.map(({ name, number }) => [name, number])), wrt, form };
    show(answer);
  }

  const heard = (answer) => {
    if (!kernel.heard(answer) && answer.parts) adopt(answer);
  };
  model.on("msg:custom", heard);
  adopt(model.get("answer"));
  return [() => model.off("msg:custom", heard), followTheme(host)];
}

// A panel that shows a part of each answer: it is `made` once, and then follows where it can. What
// was made has all answers in one object, which has the newest.
function following(panel, name, made) {
  const found = {};
  return (answer) => {
    Object.assign(found, answer, answer.parts[name]);
    if (found.ok && follow[name](panel, found)) return;
    fill(panel, found.ok ? made(found) : [el("p", { class: "error" }, found.error)]);
  };
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
  // Views that are made later start from the newest answer.
  initialize({ model }) {
    model.on("msg:custom", (answer) => { if (answer.parts) model.set("answer", answer); });
  },
  render(context) {
    const ends = render(context);
    return () => ends.forEach((end) => end());
  },
};
