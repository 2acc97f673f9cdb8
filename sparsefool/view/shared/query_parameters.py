"""Widgets that are bound to the page's address, and what the address asked for in vain.

A bound widget falls back to its default when the address holds a value that it cannot use, and drops that
value without a word. Every widget here looks its own query parameter up and keeps a notice of such a value,
which the page's frame shows.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")
Title = Callable[[Any], str]

_KEY = "query_parameters"


@dataclass
class _Lookups:
    """What the address asked for when the session began, and what has become of it.

    Attributes:
        asked: the values not looked up yet, by name.
        controls: the names looked up in this run of the page.
        found: the notices of this run.
        shown: the notices on the page.
        standing: how the controls stood when these were found.
    """

    asked: dict[str, list[str]]
    controls: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    shown: tuple[str, ...] = ()
    standing: dict[str, Any] = field(default_factory=dict)


def start_lookups() -> None:
    """Begin a run of the page: call it before any widget is drawn.

    Only the address that the session began with counts: later it follows the widgets, at times a step behind.
    """
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    lookups: _Lookups = st.session_state.setdefault(_KEY, _Lookups(asked))
    lookups.controls.clear()


def unusable_values() -> Sequence[str]:
    """Return a notice for each value of the address that is not used, until one of the controls is moved."""
    lookups = _lookups()
    if lookups.found:
        lookups.shown, lookups.found = tuple(lookups.found), []
        lookups.standing = {name: st.session_state.get(name) for name in lookups.controls}
    elif any(st.session_state.get(name) != value for name, value in lookups.standing.items()):
        lookups.shown, lookups.standing = (), {}
    return lookups.shown


def check_number(name: str, low: float, high: float, used: float) -> None:
    """Look up a query parameter that should be a number from ``low`` to ``high``."""
    for text in _look_up(name):
        if not _is_number(text, low, high):
            _note(name, text, f"is not a number from {low:g} to {high:g}", f"{used:g}")


def check_option(name: str, options: Collection[str], used: str) -> None:
    """Look up a query parameter that should be one of the ``options``."""
    for text in _look_up(name):
        if text not in options:
            _note(name, text, "is not one of the choices", used)


def select(label: str, options: Sequence[T], key: str, title: Title = str, help: str | None = None) -> T:  # noqa: A002
    """Draw a select box.

    Args:
        label: above it.
        options: what there is to choose from; the first is the default.
        key: its name in the address.
        title: an option's name, which stands in the address.
        help: shown behind the question mark.
    """
    chosen: T = st.selectbox(label, options, format_func=title, key=key, help=help, bind="query-params")
    check_option(key, [title(option) for option in options], title(chosen))
    return chosen


def choose_one(
    label: str, options: Sequence[T], key: str, title: Title = str, default: T | None = None, **more: Any
) -> T:
    """Draw buttons of which always one is pressed.

    Args:
        label: above them.
        options: what there is to choose from.
        key: its name in the address.
        title: an option's name, which stands in the address.
        default: the option that is pressed at first; the first one where not given.
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
    """Draw a choice of any number of options.

    Args:
        label, options, key, title: as in :func:`choose_one`.
        default: the options that are chosen at first.
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
    """Draw buttons of which any number is pressed; arguments as in :func:`choose_several`, of ``pills``."""
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
        low, high, default: its range, and where it begins.
        key: its name in the address.
        more: further arguments of streamlit's ``number_input``.
    """
    value = st.number_input(label, low, high, default, key=key, bind="query-params", **more)
    check_number(key, low, high, value)
    return value


def slider(label: str, low: float, high: float, default: float, key: str, **more: Any) -> Any:
    """Draw a slider; arguments as in :func:`number_input`, of streamlit's ``slider``."""
    value = st.slider(label, low, high, default, key=key, bind="query-params", **more)
    check_number(key, low, high, value)
    return value


def _lookups() -> _Lookups:
    lookups: _Lookups = st.session_state[_KEY]
    return lookups


def _look_up(name: str) -> Sequence[str]:
    """Return what the address asked for under a name, the first time only."""
    lookups = _lookups()
    lookups.controls.add(name)
    return lookups.asked.pop(name, ())


def _note(name: str, text: str, why: str, used: str) -> None:
    shown = text if len(text) <= 40 else text[:40] + "…"
    _lookups().found.append(f"{name}={shown!r} in the address {why}; {used} is used.")


def _is_number(text: str, low: float, high: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and low <= value <= high
