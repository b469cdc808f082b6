"""The server that shows the page on this machine."""

import threading
import urllib.request

import pytest

from autograd.page.serving import serve


@pytest.fixture
def address(tmp_path):
    (tmp_path / "a.mjs").write_text("export {}")
    (tmp_path / "b.wasm").write_bytes(b"")
    server = serve(tmp_path)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.mjs", "text/javascript"), ("b.wasm", "application/wasm")]
)
def test_files_have_the_types_that_browsers_ask_for(address, name, kind):
    with urllib.request.urlopen(f"{address}/{name}") as response:
        assert response.headers["Content-Type"] == kind
