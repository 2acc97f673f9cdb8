"""Widgets bound to query parameters, and notices about values that they cannot use.

A bound widget silently falls back to its default when its query parameter has a value that it cannot use.
Every widget here looks up its own query parameter and keeps a notice of such a value, which the page's frame
shows.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from sparsefool.view.components.slider import Scale, draw_slider, fit
from sparsefool.view.shared.streamlit_internals import (
    came_by_history,
    complete_address,
    current_page,
    write_address,
)

T = TypeVar("T")
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


def _no_choice(_text: str) -> str:
    return "is not one of the choices"


def check_option(name: str, options: Collection[str], used: str, reason: Title = _no_choice) -> None:
    """Look up a query parameter that should be one of the ``options``; note it if it is not, and why."""
    for text in _look_up(name):
        if text not in options:
            _note(name, text, reason(text), used)


def select(
    label: str,
    options: Sequence[T],
    key: str,
    title: Title = str,
    help: str | None = None,  # noqa: A002
    reason: Title = _no_choice,
) -> T:
    """Draw a select box.

    Args:
        label: above it.
        options: the choices; the first is the default.
        key: of the widget, and its query parameter.
        title: returns an option's name, which is also its value in the address.
        help: the tooltip.
        reason: returns why a value in the address is no choice, as the predicate of a sentence.
    """
    chosen: T = st.selectbox(label, options, format_func=title, key=key, help=help, bind="query-params")
    check_option(key, [title(option) for option in options], title(chosen), reason)
    return chosen


def choose_one(
    label: str, options: Sequence[T], key: str, title: Title = str, default: T | None = None, **more: Any
) -> T:
    """Draw a row of buttons of which exactly one is selected.

    Args:
        label: above them.
        options: the choices.
        key: of the widget, and its query parameter.
        title: returns an option's name, which is also its value in the address.
        default: the option selected at first; by default the first one.
        more: further arguments of streamlit's ``segmented_control``.
    """
    chosen: T = st.segmented_control(
        label,
        options,
        default=options[0] if default is None else default,
        required=True,
        format_func=title,
        key=key,
        bind="query-params",
        **more,
    )
    check_option(key, [title(option) for option in options], title(chosen))
    return chosen


def choose_several(
    label: str, options: Sequence[T], key: str, title: Title = str, default: Sequence[T] = (), **more: Any
) -> list[T]:
    """Draw a box in which any number of options can be selected.

    Args:
        label, options, key, title: as in :func:`choose_one`.
        default: the options selected at first.
        more: further arguments of streamlit's ``multiselect``.
    """
    chosen: list[T] = st.multiselect(
        label, options, default=default, format_func=title, key=key, bind="query-params", **more
    )
    check_option(key, [title(option) for option in options], ", ".join(map(title, chosen)) or "none")
    return chosen


def choose_pills(
    label: str, options: Sequence[T], key: str, title: Title = str, default: Sequence[T] = (), **more: Any
) -> list[T]:
    """Draw buttons of which any number is selected; arguments as in :func:`choose_several`, of ``pills``."""
    chosen: list[T] = st.pills(
        label,
        options,
        selection_mode="multi",
        default=default,
        format_func=title,
        key=key,
        bind="query-params",
        **more,
    )
    check_option(key, [title(option) for option in options], ", ".join(map(title, chosen)) or "none")
    return chosen


def number_input(label: str, low: float, high: float, default: float, key: str, **more: Any) -> Any:
    """Draw a field for a number from ``low`` to ``high``; whole numbers if these three are whole.

    Args:
        label: above it.
        low, high, default: the range and the initial value.
        key: of the widget, and its query parameter.
        more: further arguments of streamlit's ``number_input``.
    """
    value = st.number_input(label, low, high, default, key=key, bind="query-params", **more)
    check_number(key, low, high, value)
    return value


def slider(
    label: str,
    low: float,
    high: float,
    default: float,
    key: str,
    *,
    step: float = 1,
    scale: Scale = "linear",
    help: str | None = None,  # noqa: A002
    disabled: bool = False,
    on_change: Callable[[], None] | None = None,
) -> Any:
    """Draw a slider that sends its value while it is dragged, and return the value.

    It may be set in the session state, under its key, before it is drawn.

    Args:
        label, low, high, default, key: as in :func:`number_input`.
        step, scale, help, disabled, on_change: as in :func:`~sparsefool.view.components.slider.draw_slider`.
    """
    value = st.session_state.get(key, default)
    asked = read_on_arrival(key)
    if asked is not None:
        value = _usable_number(asked, low, high, default)
    value = st.session_state[key] = fit(value, low, high)
    note_in_address(key, None if value == default else f"{value:g}")
    draw_slider(
        label, value, low, high, step, key, scale=scale, help=help, disabled=disabled, on_change=on_change
    )
    check_number(key, low, high, value)
    return value


def _usable_number(texts: Sequence[str], low: float, high: float, default: float) -> float:
    """Return the number that the one text stands for if it is in the range, else the default."""
    value = parse_number(texts[0]) if len(texts) == 1 else None
    return default if value is None or not low <= value <= high else value


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
