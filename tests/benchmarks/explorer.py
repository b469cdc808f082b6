"""Prints how soon what `explore` shows in JupyterLab follows a slider, and where the time goes.

    pip install ".[browser]" && python tests/benchmarks/explorer.py [MOVES]

A JupyterLab of its own is started on the loopback and looked at by Chromium (on the path, or where
CHROMIUM says). A slider of the worked example is moved, each time when all is quiet since the move
before; the times are from the slider's `input` event to

- the request on the wire, and the answer from it,
- the numbers, then the derivation and the picture in the page,
- the frame in which they are painted: the browser's next one, laid out and recorded.

The share of each process is its CPU time for a move, by the system's own count; what Playwright
watches in the browser is in it, and in the times. Last the slider is dragged, an event for every
frame, and it is counted how many of the numbers on the way were shown.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.jupyter import FLAGS, chromium, jupyterlab, put_notebook, run_all

SOURCE = """\
import autograd
from nn.worked import note5
explorer = autograd.explore(note5.graph())
print(f"whygrad {autograd.__version__}, {'compiled' if autograd.compiled else 'pure'}")
explorer"""

# Before any script of the page: the times of what goes through its sockets.
WIRE = """
window.wire = { sent: 0, heard: 0 };
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...given) {
  wire.sent ||= performance.now();
  send.apply(this, given);
};
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", () => { wire.heard = performance.now(); });
  }
};
"""

MEASURING = """
(explorer) => {
  const at = (name) => explorer.querySelector(name);
  const slider = explorer.querySelector("input[type=range][aria-label='w1, slider']");
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const changed = (name, done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); done(performance.now()); });
    watch.observe(at(name), { childList: true, characterData: true, subtree: true });
  };
  const painted = (done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage("");
  });
  const put = (number) => {
    slider.value = number;
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };

  async function move(number) {
    const found = {};
    const places = { numbers: ".result", derivation: ".derivation", picture: ".graph" };
    const changes = Object.entries(places).map(([key, name]) =>
      new Promise((done) => changed(name, (now) => done((found[key] = now)))));
    Object.assign(wire, { sent: 0, heard: 0 });
    const start = performance.now();
    put(number);
    await Promise.all(changes);
    found.request = wire.sent;
    found.answer = wire.heard;
    found.frame = await new Promise(painted);
    await pause(100);
    return Object.fromEntries(Object.entries(found).map(([key, now]) => [key, now - start]));
  }

  async function moves(count, from) {
    const all = [];
    for (let i = 0; i < count; i++) all.push(await move(from + i / 500));
    return all;
  }

  async function drag(count) {
    let shown = 0;
    const watch = new MutationObserver(() => { shown += 1; });
    watch.observe(at(".result"), { childList: true, characterData: true, subtree: true });
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      put(i / count);
      await new Promise(requestAnimationFrame);
    }
    const spent = performance.now() - start;
    watch.disconnect();
    return { shown, spent };
  }

  window.measuring = { moves, drag };
}
"""


def main(moves=60):
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        (Path(folder) / "notebooks").mkdir()
        with jupyterlab(Path(folder), Path(folder) / "notebooks") as server:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            measure(browser.new_page(viewport={"width": 1280, "height": 900}), server, moves)
            browser.close()


def measure(page, server, moves):
    page.add_init_script(WIRE)
    run_all(page, put_notebook(server, "explorer.ipynb", SOURCE))
    explorer = page.locator(".explorer")
    explorer.wait_for(timeout=60_000)
    print(page.get_by_text("whygrad ").last.inner_text().strip(), page.context.browser.version)
    explorer.evaluate(MEASURING)
    page.evaluate("measuring.moves(20, 0.2)")  # to warm up
    before = cpu_times()
    times = page.evaluate("moves => measuring.moves(moves, 0.3)", moves)
    after = cpu_times()
    print(f"from the slider's event, ms, {moves} moves{'median':>14}{'least':>8}{'most':>8}")
    for key in ("request", "answer", "numbers", "derivation", "picture", "frame"):
        found = [time[key] for time in times]
        print(f"  {key:38}{statistics.median(found):8.1f}{min(found):8.1f}{max(found):8.1f}")
    print("CPU time a move, ms")
    for name, spent in after.items():
        print(f"  {name:38}{(spent - before[name]) / moves * 1000:8.1f}")
    dragged = page.evaluate("measuring.drag(120)")
    print(f"shown of 120 moves in {dragged['spent']:.0f} ms: {dragged['shown']}")


def cpu_times():
    """The seconds that each kind of process among our children has used."""
    spent = dict.fromkeys(["kernel", "server", "page", "rest of the browser"], 0.0)
    for process in psutil.Process().children(recursive=True):
        command = " ".join(process.cmdline())
        kind = (
            "kernel" if "ipykernel" in command
            else "server" if "jupyterlab" in command
            else "page" if "--type=renderer" in command
            else "rest of the browser" if "--type=" in command or "chrom" in command
            else None
        )  # fmt: skip
        if kind:
            used = process.cpu_times()
            spent[kind] += used.user + used.system
    return spent


if __name__ == "__main__":
    main(*[int(x) for x in sys.argv[1:]])
