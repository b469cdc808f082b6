// The page: its state, what asks the engine, and what stands where.
import { copy, el, fill } from "./dom.js";
import { Engine, SECONDS } from "./engine.js";
import { Sliders } from "./sliders.js";
import { read, written } from "./state.js";
import { judge, views } from "./views.js";
import { words } from "./words.js";
import "./sweep.js";

const MOST = 200_000; // characters of a problem: as many as Python takes
const at = (id) => document.getElementById(id);
const said = at("said");

let state = read(location.hash);
let shown = ""; // the tab whose elements are in the panel
let examples = {}; // their texts by name

for (const element of document.querySelectorAll("[data-words]")) element.textContent = words[element.dataset.words];

// The engine

const engine = new Engine((how) => {
  const told = { loading: words.loading, ready: "", stopped: words.stopped(SECONDS), broken: words.broken };
  at("status").textContent = told[how];
  document.documentElement.dataset.engine = how;
});

const problem = () => ({ text: state.text, numbers: state.numbers, row: state.row });

async function refresh({ quietly = false } = {}) {
  history.replaceState(null, "", written(state));
  if (state.text.length > MOST) return complain({ error: words.tooLong(MOST) });
  const { tab, wrt, form, focus, entries, rate, steps } = state;
  const answer = await engine.ask({ show: tab, ...problem(), wrt, form, focus, entries, rate, steps });
  if (!answer) return;
  complain(answer);
  if (!answer.ok) return;
  at("result").textContent = `${answer.result} = ${answer.number}`;
  showSliders(answer);
  show(tab, answer, quietly);
}

function complain({ ok, error, line }) {
  at("problem-error").textContent = ok ? "" : (line ? words.place(line) : "") + error;
  at("shown").classList.toggle("stale", !ok);
}

// `part` is what changes, or makes it of the state as it is by then.
function change(part, how) {
  if (typeof part === "function") part = part(state);
  state = { ...state, ...part };
  if ("tab" in part) showTabs();
  refresh(how);
}

// What is shown

function show(tab, answer, quietly) {
  const panel = at("panel");
  if (!(quietly && shown === tab)) {
    const ask = (request) => engine.ask({ ...problem(), wrt: answer.wrt, ...request });
    fill(panel, views[tab](answer, state, change, said, ask));
    shown = tab;
    panel.dataset.shown = tab;
  }
  if (tab === "sheet") judge(panel, answer);
}

function showTabs() {
  const names = Object.keys(words.tabs);
  const go = (name) => {
    change({ tab: name });
    at(`tab-${name}`).focus();
  };
  const onkeydown = (event) => {
    const i = names.indexOf(state.tab);
    const to = { ArrowRight: (i + 1) % names.length, ArrowLeft: (i + names.length - 1) % names.length, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(names[to]);
  };
  at("tabs").replaceChildren(...names.map((name) => el("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", "aria-selected": String(name === state.tab),
    tabindex: name === state.tab ? "0" : "-1", onclick: () => go(name), onkeydown,
  }, words.tabs[name])));
  at("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
}

// The numbers

const sliders = new Sliders(at("sliders"), (name, number) =>
  change({ numbers: { ...state.numbers, [name]: number } }, { quietly: state.tab === "sheet" }));

function showSliders(answer) {
  at("row-line").hidden = answer.rows < 2;
  at("row").max = answer.rows;
  sliders.show(answer.leaves);
}

// What is asked

let typing;
at("text").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => begin(target.value), 250);
});

function begin(text, part = {}) {
  sliders.forget();
  change({ text, numbers: {}, entries: {}, focus: "", row: 0, ...part });
}

at("row").addEventListener("change", ({ target }) => {
  sliders.forget();
  change({ row: target.valueAsNumber || 0, numbers: {}, entries: {} });
});
at("reset").addEventListener("click", () => {
  sliders.forget();
  change({ numbers: {} });
});
at("link").addEventListener("click", () => copy(location.href, said, words));
at("print").addEventListener("click", () => window.print());
window.addEventListener("hashchange", () => {
  if (location.hash === written(state)) return;
  state = read(location.hash);
  open();
});

async function offerExamples() {
  const found = await engine.ask({ show: "examples" });
  examples = Object.fromEntries(found.examples.map(({ name, text }) => [name, text]));
  const title = (name) => examples[name].split("\n")[0].replace(/^#\s*/, "");
  at("example").append(...Object.keys(examples).map((name) => el("option", { value: name }, title(name))));
  at("example").addEventListener("change", ({ target }) => {
    const text = examples[target.value];
    if (!text) return;
    at("text").value = text;
    begin(text, { wrt: "", row: text.includes("\nrows:") ? 1 : 0 });
  });
}

function open() {
  if (!state.text) state.text = examples.note5;
  at("text").value = state.text;
  at("row").value = state.row;
  at("example").value = Object.keys(examples).find((name) => examples[name] === state.text) ?? "";
  sliders.forget();
  shown = "";
  showTabs();
  refresh();
}

showTabs();
at("text").value = state.text;
await offerExamples();
open();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("service-worker.js").catch(() => {});
