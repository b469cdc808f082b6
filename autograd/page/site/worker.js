// CPython in WebAssembly with the library, and Graphviz for its pictures.
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { instance } from "./viz.js";

let answer;
let python;
let sympy = false;

async function unpacked(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  python.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: SITE });
}

const SITE = "/lib/library";

async function start() {
  const graphviz = instance();
  python = await loadPyodide({ indexURL: new URL("pyodide/", import.meta.url).href });
  await unpacked("library.zip");
  const viz = await graphviz;
  python.globals.set("draw_dot", (source, layout) => viz.renderString(source, { format: "svg", engine: layout }));
  answer = python.runPython(`
import json, sys
sys.path.insert(0, "${SITE}")
from autograd.drawing.rendering import use_renderer
from autograd.page.answer import answer
use_renderer(lambda source, format, layout: draw_dot(source, layout).encode())
lambda request: json.dumps(answer(json.loads(request)), allow_nan=False)
`);
}

async function answered(request) {
  if (request.show === "expression" && !sympy) {
    await unpacked("sympy.zip");
    sympy = true;
  }
  try {
    return JSON.parse(answer(JSON.stringify(request)));
  } catch (error) {
    return { ok: false, error: String(error.message ?? error).trim().split("\n").at(-1) };
  }
}

self.onmessage = async ({ data }) => self.postMessage(await answered(data));

try {
  await start();
  self.postMessage({ ready: true });
} catch (error) {
  console.error(error);
  self.postMessage({ broken: true });
}
