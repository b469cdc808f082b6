"""The page served on this machine alone, to look at it."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path
from typing import Any

__all__ = ["serve"]


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files with the types that a browser asks of modules and WebAssembly."""

    extensions_map = {  # noqa: RUF012 - as its parent has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads which files a page loads."""


def serve(folder: str | Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server for a folder on the loopback; `serve_forever()` starts it.

    Args:
        folder: what `build` wrote.
        port: 0 for one that is free; `server_address` has it.

    Raises OSError where the port is taken.
    """
    handler = functools.partial(_Handler, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
