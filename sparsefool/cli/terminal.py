"""What commands share in a terminal: progress on stderr, errors as one plain line, exit codes."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from sparsefool.errors import SparseFoolError

NOT_FOOLED = 1
WRONG_USE = 2
NOT_SAVED = 3
INTERRUPTED = 130

_CLEAR_LINE = "\r\x1b[K"
_BAR = 30


class TerminalProgress:
    """A progress bar on stderr, where stderr is a terminal; leaving the ``with`` block removes it."""

    def __init__(self) -> None:
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> "TerminalProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove the bar, so that a line can be printed in its place."""
        if self._visible:
            click.echo(_CLEAR_LINE, err=True, nl=False)

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:  # noqa: ARG002
        """Draw the bar with the text; the payload is not shown."""
        if self._visible:
            filled = min(_BAR * done // total, _BAR) if total > 0 else 0
            bar = "█" * filled + "░" * (_BAR - filled)
            click.echo(f"{_CLEAR_LINE}{bar} {text}", err=True, nl=False)

    def check(self) -> None:
        """Return: in a terminal, Ctrl-C cancels."""


@contextmanager
def resumable(command: str = "the same command") -> Iterator[None]:
    """Make an interruption within it say that what is finished is kept, and which command goes on."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        kept = f"What is finished is kept: {command} goes on from there."
        raise KeyboardInterrupt(kept) from interruption


@contextmanager
def _ended_by_sigterm_as_by_ctrl_c() -> Iterator[None]:
    """Let a program that is told to end remove what is half-written, and say what is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class CommandGroup(click.Group):
    """A group whose commands report expected errors as one line on stderr and exit with code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the requested command."""
        try:
            with _ended_by_sigterm_as_by_ctrl_c():
                return super().invoke(ctx)
        except (SparseFoolError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(WRONG_USE)
        except KeyboardInterrupt as interruption:
            click.echo(" ".join(["Interrupted.", *map(str, interruption.args)]), err=True)
            ctx.exit(INTERRUPTED)
