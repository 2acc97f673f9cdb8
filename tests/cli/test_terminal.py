import io

import pytest

from sparsefool.backend.progress import Progress
from sparsefool.cli.terminal import TerminalProgress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_drawn_on_a_terminal_and_removed(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with TerminalProgress() as progress:
        progress.report(1, 2, "half way")
    drawn = terminal.getvalue()
    assert drawn.count("█") == drawn.count("░") == 15
    assert "half way" in drawn
    assert drawn.endswith("\r\x1b[K")


@pytest.mark.parametrize(("done", "total"), [(0, 0), (7, 0), (9, 5)])
def test_odd_numbers_are_drawn_too(monkeypatch, done, total):
    monkeypatch.setattr("sys.stderr", Terminal())
    with TerminalProgress() as progress:
        progress.report(done, total, "odd")
        assert isinstance(progress, Progress)


def test_nothing_is_drawn_into_a_file(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with TerminalProgress() as progress:
        progress.report(1, 2, "half way")
    assert file.getvalue() == ""
