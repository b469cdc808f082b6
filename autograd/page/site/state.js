// All that the page shows is in the fragment of its address, so that a link shows the same.

const EMPTY = { text: "", numbers: {}, tab: "values", row: 0, wrt: "", form: "auto", focus: "", entries: {}, rate: "", steps: 10 };
const LONGEST = 400_000; // characters of a fragment

export function read(fragment) {
  const state = structuredClone(EMPTY);
  if (fragment.length < 2 || fragment.length > LONGEST) return state;
  try {
    const bytes = Uint8Array.from(atob(fragment.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const given = JSON.parse(new TextDecoder().decode(bytes));
    for (const [key, empty] of Object.entries(EMPTY)) {
      if (typeof given[key] === typeof empty && given[key] !== null) state[key] = given[key];
    }
    for (const key of ["numbers", "entries"]) {
      const fits = key === "numbers" ? Number.isFinite : (x) => typeof x === "string";
      state[key] = Object.fromEntries(Object.entries(state[key]).filter(([, x]) => fits(x)));
    }
  } catch { /* an address that was cut or changed shows the page as it starts */ }
  return state;
}

export function written(state) {
  const changed = Object.fromEntries(Object.entries(state).filter(([key, x]) => JSON.stringify(x) !== JSON.stringify(EMPTY[key])));
  const bytes = new TextEncoder().encode(JSON.stringify(changed));
  const letters = Array.from(bytes, (b) => String.fromCharCode(b)).join("");
  return "#" + btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
