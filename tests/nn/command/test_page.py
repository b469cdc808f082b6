"""`whygrad page`."""

import pytest

from nn.command import main, page


def test_it_says_where_the_page_is(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(page, "build", lambda folder: folder)
    assert main(["page", "-o", str(tmp_path)]) == 0
    assert f"the page is in {tmp_path}" in capsys.readouterr().out


def test_it_asks_where_to(capsys):
    assert main(["page"]) == 2
    assert "-o site" in capsys.readouterr().err


@pytest.mark.parametrize("output", [True, False])
def test_it_serves_until_it_is_stopped(monkeypatch, capsys, tmp_path, output):
    opened = []
    monkeypatch.setattr(page, "build", lambda folder: folder)
    monkeypatch.setattr(page.webbrowser, "open", opened.append)
    server = page.serve(tmp_path)

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve_forever", interrupted)
    monkeypatch.setattr(page, "serve", lambda folder, port: server)
    assert main(["page", "--open", *(["-o", str(tmp_path)] if output else [])]) == 0
    assert opened == [f"http://127.0.0.1:{server.server_address[1]}/"]
    assert "closed" in capsys.readouterr().out
