"""Modules made one: run by Node, they do what they did apart."""

import shutil
import subprocess

import pytest

from autograd.explorer.bundle import bundle

MODULES = {
    "names": 'export const first = "a";\nexport let last = "z";\nconst hidden = 1;\n',
    "shout": 'import { first } from "./names.js";\n\n'
    "const hidden = 2;\nexport class Shout {\n  text = first.toUpperCase();\n}\n"
    "export async function later() { return hidden; }\nexport function now() { return last(); }\n"
    "function last() { return hidden; }\n",
}
ENTRY = """\
import { first, last } from "./names.js";
import { later, now, Shout } from "./shout.js";

const hidden = 3;
console.log(first, last, new Shout().text, now(), await later(), hidden);
"""


def test_each_module_is_there_once_and_in_its_own_scope():
    made = bundle(ENTRY, MODULES.__getitem__)
    assert made.count("const module_names") == made.count("const module_shout") == 1
    assert made.index("module_names") < made.index("module_shout")
    assert "import" not in made


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_node_runs_it(tmp_path):
    path = tmp_path / "made.mjs"
    path.write_text(bundle(ENTRY, MODULES.__getitem__), encoding="utf-8")
    done = subprocess.run(["node", str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "a z A 2 2 3\n"


@pytest.mark.parametrize("text", ["export default 1;", 'import "./b.js";', "export { a };"])
def test_what_it_does_not_know_is_refused(text):
    with pytest.raises(ValueError, match=r"a\.js has an import or export"):
        bundle('import { a } from "./a.js";\n', lambda name: text)
