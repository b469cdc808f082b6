// What stands in each tab: of an answer and the state, the elements. `change` sets a part of the
// state and asks again; `said` is the live region.
import { alter, choice, copy, el, math, picture, put, table } from "./dom.js";
import { words } from "./words.js";

export const views = { values, derivation, graph, sweep, sheet, training };

// What a view of the same computation becomes at other numbers, in its place: a panel follows an
// answer, or tells by false that it is to be made anew.
export const follow = { values: renumber, derivation: rederive };

function values(answer, state, change) {
  const w = words.values;
  const rows = answer.values.map((v) => [
    v.name === answer.result
      ? v.name
      : el("button", { type: "button", class: "name", "aria-label": w.choose(v.name), onclick: () => change({ tab: "derivation", wrt: v.name }) }, v.name),
    el("span", { class: "figure" }, v.number),
    el("span", { class: "figure" }, v.gradient),
    v.mathml ? math(v.mathml) : words.roles[v.role] ?? "",
  ]);
  return [table(w.caption, w.head(answer.result), rows)];
}

// The formulas of the table stay as they are: to lay them out takes most of the time of a move.
function renumber(panel, { values }) {
  const figures = panel.querySelectorAll("td .figure");
  if (figures.length !== 2 * values.length) return false;
  values.flatMap((v) => [v.number, v.gradient]).forEach((text, i) => put(figures[i], text));
  return true;
}

function derivation(answer, state, change, said, ask) {
  const w = words.derivation;
  const names = Object.fromEntries(answer.names.map((name) => [name, name]));
  const whole = el("p", { class: "wide whole" });
  const button = (text, onclick) => el("button", { type: "button", onclick }, text);
  return [
    el("p", { class: "line" },
      ...choice(w.wrt, names, answer.wrt, (wrt) => change({ wrt })),
      ...choice(w.form, w.forms, answer.form, (form) => change({ form }))),
    el("p", { class: "paths" }, w.paths(answer.paths)),
    el("div", { class: "wide formulas", tabindex: "0", role: "region", "data-of": of(answer), "aria-label": `${answer.title} = ${answer.gradient}` },
      ...answer.mathml.map(math)),
    el("p", { class: "line" },
      button(w.copyText, () => copy(answer.text, said, words)),
      button(w.copyLatex, () => copy(answer.latex, said, words)),
      button(w.expression, async () => {
        whole.textContent = words.thinking;
        const found = await ask({ show: "expression" });
        whole.textContent = !found ? "" : found.ok ? w.expressionOf(answer.title) + found.expression : found.error;
      })),
    whole,
  ];
}

const of = ({ title, form }) => `${title} as ${form}`;

function rederive(panel, answer) {
  const formulas = panel.querySelector(".formulas");
  if (formulas?.dataset.of !== of(answer) || formulas.children.length !== answer.mathml.length) return false;
  put(panel.querySelector(".paths"), words.derivation.paths(answer.paths));
  put(panel.querySelector(".whole"), "");
  formulas.setAttribute("aria-label", `${answer.title} = ${answer.gradient}`);
  [...formulas.children].forEach((formula, i) => alter(formula, math(answer.mathml[i])));
  return true;
}

function graph(answer, state, change) {
  const w = words.graph;
  const drawn = fitted(picture(answer.svg));
  choosable(drawn, answer.keys, answer.result, (name) => change({ focus: name === state.focus ? "" : name }));
  choose(drawn, answer.keys, state.focus);
  const back = el("button", { type: "button", onclick: () => change({ focus: "" }) }, w.all);
  return [
    el("p", { class: "line" }, state.focus ? w.focus(state.focus) : w.hint, " ", ...(state.focus ? [back] : [])),
    el("div", { class: "wide picture", role: "region", tabindex: "0", "aria-label": answer.description }, drawn),
  ];
}

// The values of a picture as buttons; `keys` has their names by the classes of their boxes.
export function choosable(drawn, keys, result, chosen) {
  drawn.setAttribute("role", "group");
  for (const [group, name] of boxes(drawn, keys)) {
    if (name === result) continue;
    group.id = `value-${name}`;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", words.graph.choose(name));
    group.addEventListener("click", () => chosen(name));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      chosen(name);
    });
  }
}

// Show which of the buttons is chosen.
export function choose(drawn, keys, chosen) {
  for (const [group, name] of boxes(drawn, keys)) {
    const pressed = String(name === chosen);
    if (group.hasAttribute("role") && group.getAttribute("aria-pressed") !== pressed) group.setAttribute("aria-pressed", pressed);
  }
}

function boxes(drawn, keys) {
  return [...drawn.querySelectorAll("g.value")]
    .map((group) => [group, keys[[...group.classList].find((c) => c in keys)]])
    .filter(([, name]) => name);
}

// Graphviz reckons with letters as wide as Helvetica's; where the reader's font is wider, its
// letters are drawn as much smaller.
export function fitted(drawn) {
  const pen = document.createElement("canvas").getContext("2d");
  const sample = "grad 0.0123456789 parameter data";
  pen.font = `100px ${FONT}`;
  const ratio = Math.max(1, pen.measureText(sample).width / HELVETICA);
  for (const text of drawn.querySelectorAll("text")) {
    const size = Number.parseFloat(text.getAttribute("font-size"));
    if (size) text.setAttribute("font-size", (size / ratio).toFixed(2));
    text.style.fontFamily = FONT;
  }
  const width = Number.parseFloat(drawn.getAttribute("width"));
  drawn.style.maxWidth = "100%";
  drawn.style.height = "auto";
  drawn.style.minWidth = `${0.55 * width}pt`; // narrower its letters are lost: then it scrolls
  return drawn;
}

const FONT = 'Helvetica, Arial, "Liberation Sans", sans-serif';
const HELVETICA = 1511.9; // of the sample at 100 px, by the font's published widths

function sweep(answer) {
  const element = document.createElement("whygrad-sweep-page");
  const bar = el("div", { class: "controls", hidden: true },
    el("button", { name: "previous", "aria-label": "Previous step" }, "◀"),
    el("button", { name: "play", "aria-label": "Play" }, "▶"),
    el("button", { name: "next", "aria-label": "Next step" }, "▶❘"),
    el("input", { type: "range", min: "0", max: String(answer.frames.length - 1), step: "1", value: "0", "aria-label": "Step" }),
    el("output"));
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "A computation, step by step");
  element.append(
    el("link", { rel: "stylesheet", href: "sweep.css" }), el("link", { rel: "stylesheet", href: "mathml.css" }), bar,
    el("div", { class: "line", "aria-live": "polite" }),
    el("div", { class: "formulas", hidden: true }, ...answer.formulas.map(math)),
    el("div", { class: "picture", tabindex: "0" }, fitted(picture(answer.svg))),
    el("details", { open: true }, el("summary", {}, "All steps as text"),
      el("ol", {}, ...answer.steps.map((step) => el("li", {}, step)))),
    el("script", { type: "application/json" }, JSON.stringify(answer.frames)));
  return [element];
}

function sheet(answer, state, change) {
  const w = words.sheet;
  const parts = ["forward", "backward", "update"].filter((part) => answer.questions.some((q) => q.part === part));
  return [
    el("p", {}, w.hint),
    ...parts.map((part) => table(w.caption[part], w.head,
      answer.questions.filter((q) => q.part === part).map((q) => [
        math(q.mathml),
        el("div", {}, el("input", {
          inputmode: "decimal", autocomplete: "off", spellcheck: "false", "aria-label": w.yours(q.name),
          "data-entry": q.name, value: state.entries[q.name] ?? "",
          oninput: ({ target }) => change(({ entries }) => ({ entries: { ...entries, [q.name]: target.value } }), { quietly: true }),
        }), el("span", { "data-verdict": q.name })),
      ]))),
    el("p", { id: "summary", role: "status" }),
    el("p", {}, el("button", { type: "button", onclick: () => change({ entries: {} }) }, w.clear)),
  ];
}

// The verdicts, put beside the entries without touching what is being typed.
export function judge(panel, answer) {
  const found = new Map(answer.findings.map((finding) => [finding.name, finding]));
  for (const cell of panel.querySelectorAll("[data-verdict]")) {
    const finding = found.get(cell.dataset.verdict);
    const isWrong = finding?.verdict === "wrong";
    cell.className = finding ? finding.verdict.replaceAll(" ", "-") : "";
    cell.textContent = !finding ? "" : isWrong || finding.verdict === "carried forward" ? finding.sentence : finding.verdict;
  }
  panel.querySelector("#summary").textContent = answer.summary;
}

function training(answer, state, change) {
  const w = words.training;
  const number = (x) => el("span", { class: "figure" }, figure(x));
  const last = answer.trained.length - 1;
  const few = answer.trained.map((row, i) => [i, row]).filter(([i]) => i <= 10 || i === last || i % Math.ceil(last / 10) === 0);
  const rows = few.map(([i, row]) => [String(i), ...row.map(number)]);
  const field = (key, text, value, extra) => [
    el("label", { for: `training-${key}` }, text), " ",
    el("input", { id: `training-${key}`, type: "number", value, ...extra, onchange: ({ target }) => change({ [key]: key === "steps" ? target.valueAsNumber || 10 : target.value }) }), " ",
  ];
  return [
    el("p", { class: "line" },
      ...field("rate", w.rate, answer.rate, { min: "0", step: "any" }),
      ...field("steps", w.steps, last < state.steps ? state.steps : last, { min: "1", max: "1000", step: "1" })),
    ...(answer.stopped ? [el("p", { class: "error" }, w.stopped + answer.stopped)] : []),
    curve(answer.trained.map((row) => row[0]), w),
    table(w.caption, [w.step, answer.result, ...answer.parameters], rows),
    el("p", {}, el("button", {
      type: "button",
      onclick: () => change(({ numbers }) => ({ numbers: { ...numbers, ...Object.fromEntries(answer.parameters.map((name, i) => [name, answer.trained[last][i + 1]])) } })),
    }, w.use)),
  ];
}

const figure = (x) => x.toPrecision(6).replace("-", "−");

function curve(losses, w) {
  const [width, height, margin] = [600, 180, 8];
  const most = Math.max(...losses), least = Math.min(0, ...losses);
  const x = (i) => margin + (i / Math.max(1, losses.length - 1)) * (width - 2 * margin);
  const y = (loss) => height - margin - ((loss - least) / (most - least || 1)) * (height - 2 * margin);
  const points = losses.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
  const said = w.curve(figure(losses[0]), figure(losses.at(-1)));
  const drawn = picture(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" class="curve"><polyline points="${points}" fill="none"/></svg>`);
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", said);
  return el("figure", {}, drawn, el("figcaption", {}, said));
}
