"""Query parameters: what widgets read there and write there, and notices about values that they cannot use.

A bound widget silently falls back to its default when its query parameter has a value that it cannot use.
Every widget of :mod:`sparsefool.view.shared.widgets` looks up its own query parameter here and keeps a notice
of such a value, which the page's frame shows.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from sparsefool.view.shared.streamlit_internals.address import (
    came_by_history,
    complete_address,
    current_page,
    write_address,
)

Title = Callable[[Any], str]

_KEY = "query_parameters"


@dataclass
class _Lookups:
    """The query parameters that the session and this visit of a page began with, and the notices about them.

    Attributes:
        page: the page that is open.
        arrived: the query parameters not read yet, by name, when it was opened.
        restored: whether Back or Forward opened it.
        read: the names read since then.
        written: what :func:`note_in_address` has written since then.
        drawn: the names that it has written in this run of the page.
        pending: the values not looked up yet, by name.
        names: the names looked up in this run of the page.
        new_notices: the notices of this run.
        notices: the notices on the page.
        values: the values of the widgets when those notices were made.
    """

    pending: dict[str, list[str]]
    page: str = ""
    arrived: dict[str, list[str]] = field(default_factory=dict)
    restored: bool = False
    read: set[str] = field(default_factory=set)
    written: dict[str, str | None] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    new_notices: list[str] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


def start_lookups() -> None:
    """Start a run of the page; must be called before any widget is drawn.

    Notices are only about the address that the session began with: later it follows the widgets.
    """
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    lookups: _Lookups = st.session_state.setdefault(_KEY, _Lookups(address))
    lookups.names.clear()
    lookups.drawn.clear()
    if current_page() != lookups.page or came_by_history():
        lookups.page, lookups.arrived, lookups.restored = current_page(), dict(address), came_by_history()
        lookups.read.clear()
        lookups.written.clear()


def end_lookups() -> None:
    """End a run of the page: the address holds what its widgets are set to, and nothing else.

    Must be called after all widgets are drawn.
    """
    lookups = _lookups()
    gone = lookups.written.keys() - lookups.drawn
    complete_address({**lookups.written, **dict.fromkeys(gone)})
    for name in gone:
        del lookups.written[name]


def unusable_values() -> Sequence[str]:
    """Return a notice for each query parameter that could not be used, until a control is moved."""
    lookups = _lookups()
    if lookups.new_notices:
        lookups.notices, lookups.new_notices = tuple(lookups.new_notices), []
        lookups.values = {name: st.session_state.get(name) for name in lookups.names}
    elif any(st.session_state.get(name) != value for name, value in lookups.values.items()):
        lookups.notices, lookups.values = (), {}
    return lookups.notices


def read_on_arrival(name: str) -> Sequence[str] | None:
    """Return the values that a query parameter had when the page was opened, the first time only.

    Returns:
        None if what the session holds counts: at each later time, and where the address says nothing. Only
        after Back or Forward does an address without the parameter, then an empty list, mean the default.
    """
    lookups = _lookups()
    if name in lookups.read:
        return None
    lookups.read.add(name)
    values = lookups.arrived.get(name, [])
    return values if values or lookups.restored else None


def note_in_address(name: str, text: str | None) -> None:
    """Set the query parameter of a component that is not Streamlit's; remove it if ``text`` is None."""
    lookups = _lookups()
    lookups.written[name] = text
    lookups.drawn.add(name)
    write_address(lookups.written)


def check_number(name: str, low: float, high: float, used: float) -> None:
    """Look up a query parameter that should be a number from ``low`` to ``high``; note it if it is not.

    Args:
        name: of the query parameter.
        low, high: the range. If both are ints, the number should be whole.
        used: what is used in the place of a value that is not such a number.
    """
    whole = isinstance(low, int) and isinstance(high, int)
    kind = "a whole number" if whole else "a number"
    for text in _look_up(name):
        value = parse_number(text)
        if value is None or not low <= value <= high or (whole and not value.is_integer()):
            _note(name, text, f"is not {kind} from {low:g} to {high:g}", f"{used:g}")


def parse_number(text: str) -> float | None:
    """Return the finite number that a query parameter's text stands for, or None if it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def no_choice(_text: str) -> str:
    """Return why a value that is not among some options is none."""
    return "is not one of the choices"


def check_option(name: str, options: Collection[str], used: str, reason: Title = no_choice) -> None:
    """Look up a query parameter that should be one of the ``options``; note it if it is not, and why."""
    for text in _look_up(name):
        if text not in options:
            _note(name, text, reason(text), used)


def _lookups() -> _Lookups:
    lookups: _Lookups = st.session_state[_KEY]
    return lookups


def _look_up(name: str) -> Sequence[str]:
    """Return the values of a query parameter, the first time only."""
    lookups = _lookups()
    lookups.names.add(name)
    return lookups.pending.pop(name, ())


def _note(name: str, text: str, why: str, used: str) -> None:
    shown = text if len(text) <= 40 else text[:40] + "…"
    _lookups().new_notices.append(f"{name}={shown!r} in the address {why}; {used} is used.")
