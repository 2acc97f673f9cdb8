"""Pages are drawn one at a time: of a hundred that are asked for at once, the first is there soon.

Python runs one thread at a time. Were all pages drawn side by side, each would be ready only when the last
is, and an attack would have to share the interpreter with every one of them.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import streamlit as st

_turn = threading.Lock()
_mine = threading.local()


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for the turn of this thread, and keep it to the end; who has it already goes on at once."""
    if _is_mine():
        yield
        return
    with _turn:
        _mine.turn = True
        try:
            yield
        finally:
            _mine.turn = False


@contextmanager
def out_of_turn() -> Iterator[None]:
    """Let others draw, for what keeps this page waiting without being drawn."""
    if not _is_mine():
        yield
        return
    _mine.turn = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _mine.turn = True


def by_turns(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Return what draws like ``draw``, in its turn."""

    @wraps(draw)
    def drawn(*args: Any) -> Any:
        with in_turn():
            return draw(*args)

    return drawn


def fragment(draw: Callable[..., Any], run_every: float | None = None) -> Callable[..., Any]:
    """Return a part of a page, as of ``st.fragment``, that is also drawn in its turn where it is drawn alone.

    Args:
        draw: draws the part.
        run_every: seconds until it is drawn again by itself; None if it is not.
    """
    part: Callable[..., Any] = st.fragment(by_turns(draw), run_every=run_every)
    return part


def _is_mine() -> bool:
    return bool(getattr(_mine, "turn", False))
