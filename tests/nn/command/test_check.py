"""`whygrad check`: gradients against differences."""

import json

import pytest

from nn.command import main


@pytest.mark.parametrize("note", ["1", "2", "3a", "5"])
def test_the_notes_agree(note, capsys):
    assert main(["check", note]) == 0
    assert "gradients agree with differences." in capsys.readouterr().out


def test_both_numbers_of_every_leaf(capsys):
    assert main(["check", "5", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert "w1" in [row["name"] for row in rows]
    for row in rows:
        assert row["agrees"]
        assert row["backward"] == pytest.approx(row["differences"], abs=1e-6)


def test_a_kink_is_told(tmp_path, capsys):
    path = tmp_path / "note.txt"
    path.write_text("x = 0; y = relu(x)\n", encoding="utf-8")
    main(["check", str(path)])
    out = capsys.readouterr().out
    assert "DIFFERS" in out
    assert "kink" in out
