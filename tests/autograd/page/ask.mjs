// Ask the built page's Python, in Node: requests as JSON on the standard input, answers on the output.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const site = process.argv[2];
const { loadPyodide } = await import(pathToFileURL(`${site}/pyodide/pyodide.mjs`));
const { instance } = await import(pathToFileURL(`${site}/viz.js`));
const viz = await instance();
const python = await loadPyodide({ indexURL: `${site}/pyodide/` });
for (const name of ["library.zip", "sympy.zip"]) {
  python.unpackArchive(new Uint8Array(readFileSync(`${site}/${name}`)), "zip", { extractDir: "/lib/library" });
}
python.globals.set("draw_dot", (source, layout) => viz.renderString(source, { format: "svg", engine: layout }));
python.globals.set("requests", readFileSync(0, "utf-8"));
process.stdout.write(python.runPython(`
import json, sys
sys.path.insert(0, "/lib/library")
from autograd.drawing.rendering import use_renderer
from autograd.page.answer import answer
use_renderer(lambda source, format, layout: draw_dot(source, layout).encode())
json.dumps({"python": sys.version, "answers": [answer(r) for r in json.loads(requests)]})
`));
