"""How many sessions there may be, and that each is ended once its browser has gone."""

import gc
import threading
import time
from collections.abc import Callable

import streamlit as st

from sparsefool.backend.serving.figures import SESSIONS, SESSIONS_REFUSED, watch
from sparsefool.backend.serving.limits import limits
from sparsefool.errors import SparseFoolError
from sparsefool.formats import counted
from sparsefool.once import once
from sparsefool.runtime import return_freed_memory
from sparsefool.view.shared.streamlit_internals.sessions import (
    is_session_open,
    serves_sessions,
    session_ender,
    session_id,
)

LOOK = 10.0
"""Seconds between two looks at sessions: whether they are over, and whether there is a place for another."""

_lock = threading.Lock()
_places: dict[str, None] = {}
"""The sessions that have a place; those that were closed lose it when another asks."""

_refused: set[str] = set()
_enders: dict[str, Callable[[], bool]] = {}
"""For each session that has had a place, what ends it once its browser has gone."""

_at_end: list[Callable[[str], None]] = []


def require_place() -> None:
    """Stop the page, with the reason, unless this session has a place on the server or one is free."""
    try:
        count = limits().sessions
    except SparseFoolError as error:
        st.error(str(error), title="The limits of this server cannot be read")
        st.stop()
    if _take_place():
        return
    st.warning(
        f"It serves {counted(count, 'open page')} at a time, and that many are open. "
        "Leave this one open: it goes on by itself as soon as there is a place.",
        title="The server is full",
        icon=":material/groups:",
    )
    st.fragment(_go_on, run_every=LOOK)()
    st.stop()


def has_place(session: str) -> bool:
    """Return whether a session has a place; outside a server, every one has."""
    return not serves_sessions() or session in _places


def when_ended(forget: Callable[[str], None]) -> None:
    """Have ``forget`` called with each session that is ended from now on, in a thread of its own."""
    _at_end.append(forget)


def open_sessions() -> int:
    """Return how many sessions with a place are open."""
    return sum(map(is_session_open, list(_places)))


def _go_on() -> None:
    if _take_place():
        st.rerun()


def _take_place() -> bool:
    """Return whether this session has a place; it takes one that is free."""
    if not serves_sessions():
        return True
    session = session_id()
    with _lock:
        for gone in [each for each in _places if not is_session_open(each)]:
            del _places[gone]
        if session not in _places and len(_places) >= limits().sessions:
            if session not in _refused:
                _refused.add(session)
                SESSIONS_REFUSED.inc()
            return False
        _places[session] = None
        _refused.discard(session)
        _enders.setdefault(session, session_ender())
    _start_watching()
    return True


@once()
def _start_watching() -> None:
    """Start the thread that ends sessions; there is one in the process."""
    watch(SESSIONS, open_sessions)
    threading.Thread(target=_watch, name="sparsefool-sessions", daemon=True).start()


def _watch() -> None:
    while True:
        time.sleep(LOOK)
        _end_sessions()


def _end_sessions() -> None:
    """End the sessions whose browser has gone, and give back what they held."""
    over = [session for session, end in list(_enders.items()) if end()]
    for session in over:
        del _enders[session]
        for forget in _at_end:
            forget(session)
    if over:
        gc.collect()
        return_freed_memory()
