// Elements made of data. Text is only ever text: nothing here takes markup but from Python's setters
// of formulas and pictures, and of these only what a formula or a picture may have.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const ACTIVE = new Set(["script", "style", "foreignObject", "iframe", "object", "embed", "a"]);

// Events and addresses have no place in a picture or formula, whoever wrote it.
function clean(root) {
  for (const element of [...root.querySelectorAll("*")]) {
    if (element.localName === "a") element.replaceWith(...element.childNodes);
    else if (ACTIVE.has(element.localName)) element.remove();
  }
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const { name } of [...element.attributes]) {
      if (/^(on|style$|href$|xlink:|src$)/.test(name)) element.removeAttribute(name);
    }
  }
  return root;
}

function parsed(markup, type, expected) {
  const root = new DOMParser().parseFromString(markup, type).documentElement;
  if (root.localName !== expected) throw new Error(`no ${expected} in the answer`);
  return document.importNode(clean(root), true);
}

export const math = (markup) => parsed(markup, "application/xml", "math");

export const picture = (markup) => parsed(markup.replaceAll(/ style="[^"]*"/g, ""), "image/svg+xml", "svg");

// Another text for an element, which is left alone where it has it.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Lets a formula say what another says: where they differ little, little is laid out anew.
export function alter(formula, other) {
  if (formula.isEqualNode(other)) return;
  const [parts, others] = [[...formula.childNodes], [...other.childNodes]];
  const isAlike = parts.length === others.length && formula.cloneNode().isEqualNode(other.cloneNode());
  if (isAlike) parts.forEach((part, i) => alter(part, others[i]));
  else if (formula.nodeName === "#text" && other.nodeName === "#text") formula.data = other.data;
  else formula.replaceWith(other);
}

// Other children for a panel. What had the focus keeps it, by its id, and what was scrolled stays.
export function fill(panel, children) {
  const root = panel.getRootNode();
  const held = root.activeElement?.id;
  const left = [...panel.querySelectorAll(".wide")].map((wide) => wide.scrollLeft);
  panel.replaceChildren(...children);
  panel.querySelectorAll(".wide").forEach((wide, i) => { if (left[i]) wide.scrollLeft = left[i]; });
  if (held && root.activeElement?.id !== held) root.getElementById(held)?.focus();
}

export function table(caption, head, rows) {
  const cells = (tag, row, first) => row.map((cell, i) =>
    i === 0 && first && cell.localName !== "math" // which checkers take for an empty head
      ? el("th", { scope: "row" }, cell)
      : el(tag, tag === "th" ? { scope: "col" } : {}, cell));
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...cells("th", head, false))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells("td", row, true))))));
}

export function choice(label, options, value, chosen) {
  const id = `choice-${label.replaceAll(/\W+/g, "-")}`;
  const select = el("select", { id, onchange: () => chosen(select.value) },
    ...Object.entries(options).map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  return [el("label", { for: id }, label), " ", select, " "];
}

export async function copy(text, said, words) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = words.copied;
  } catch {
    said.textContent = words.notCopied;
  }
}
