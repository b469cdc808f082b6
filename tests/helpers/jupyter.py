"""A JupyterLab of one's own on the loopback, and the Chromium that looks at it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def chromium():
    """The path of Chromium: what CHROMIUM says, or the one on the path; None without one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextlib.contextmanager
def jupyterlab(folder, files):
    """The address and the token of a server of these files, which keeps all that is its own in
    the folder.
    """
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    log = (folder / "log").open("w+")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            "--ServerApp.allow_root=True",
            f"--ServerApp.root_dir={files}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ],
        env={**os.environ, **own},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield _address(server, Path(log.name))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        log.close()


def _address(server, log):
    """The server's address with its token, once it answers."""
    for _ in range(300):
        found = re.search(r"(http://127\.0\.0\.1:\d+)/lab\?token=(\w+)", log.read_text())
        if found:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{found[1]}/api?token={found[2]}").close()
                return found.groups()
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


def put_notebook(server, name, *sources):
    """Write a notebook of these code cells on the server; the address that opens it."""
    import nbformat

    address, token = server
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    urllib.request.urlopen(
        urllib.request.Request(
            f"{address}/api/contents/{name}?token={token}",
            json.dumps({"type": "notebook", "content": made}).encode(),
            method="PUT",
        )
    ).close()
    return f"{address}/lab/tree/{name}?reset&token={token}"


def run_all(page, address):
    """Open a notebook, and run its cells once its kernel is there."""
    page.goto(address)
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
