"""The measuring programs of this folder start; what they do is too long for a test."""

import importlib
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_")
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_measuring_program_says_how_it_is_used(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit, match="0"):
        importlib.import_module(f"tests.load.{name}").main()
    assert "usage:" in capsys.readouterr().out
