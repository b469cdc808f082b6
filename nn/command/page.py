"""`whygrad page`: the library as a page of the browser."""

from __future__ import annotations

import argparse
import tempfile
import webbrowser
from typing import Any

from autograd.errors import ArgumentError
from autograd.page.building import build
from autograd.page.serving import serve

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser("page", help="the same in a browser: a folder for any web host")
    command.add_argument("-o", "--output", metavar="FOLDER", help="write the page here")
    command.add_argument(
        "--open", action="store_true", help="serve it on this machine and open a browser"
    )
    command.add_argument("--port", type=int, default=0, help="of that server; any that is free")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """Build the folder, and serve it where that is asked for."""
    if not (options.output or options.open):
        raise ArgumentError("say where to write the page, as in -o site, or --open to look at it")
    if not options.open:
        return f"the page is in {build(options.output)}: any web host serves it"
    if options.output:
        return _opened(options.output, options.port)
    with tempfile.TemporaryDirectory() as folder:
        return _opened(folder, options.port)


def _opened(folder: str, port: int) -> str:
    server = serve(build(folder), port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"the page is at {address} until Ctrl-C", flush=True)
    webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return "closed"
    finally:
        server.server_close()
    return ""
