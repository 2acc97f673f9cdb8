"""The values that a page's address asks for: which of them cannot be used, said in plain words.

Widgets that are bound to the address fall back to their default when a value there is unusable, and take the
value out of the address without a word. This is the word.
"""

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import streamlit as st

_ASKED, _NOTICES = "address_asked", "address_notices"


class AddressCheck:
    """Compare what the address asked for when the page was opened with what the widgets take, each once.

    Make it before any widget is drawn. Later the address only follows the widgets, sometimes a step behind.
    """

    def __init__(self) -> None:
        if _ASKED not in st.session_state:
            st.session_state[_ASKED] = {name: st.query_params.get_all(name) for name in st.query_params}
        self._asked: dict[str, list[str]] = st.session_state[_ASKED]
        self._found: list[str] = []

    def number(self, name: str, low: float, high: float, used: float) -> None:
        """Note a value that is no number from ``low`` to ``high``."""
        for text in self._asked.pop(name, ()):
            if not _is_number(text, low, high):
                self._note(name, text, f"is not a number from {low:g} to {high:g}", f"{used:g}")

    def option(self, name: str, options: Collection[str], used: str) -> None:
        """Note a value that is none of the ``options``."""
        for text in self._asked.pop(name, ()):
            if text not in options:
                self._note(name, text, "is not one of the choices", used)

    def _note(self, name: str, text: str, why: str, used: str) -> None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        self._found.append(f"{name}={shown!r} in the address {why}; {used} is used.")

    def notices(self, state: object) -> Sequence[str]:
        """Return what was found, now or earlier, as long as the controls stand as they do in ``state``."""
        if self._found:
            st.session_state[_NOTICES] = (state, tuple(self._found))
        noted_for, found = st.session_state.get(_NOTICES, (None, ()))
        return tuple(found) if noted_for == state else ()


def _is_number(text: str, low: float, high: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and low <= value <= high


T = TypeVar("T")


def select(
    label: str,
    options: Sequence[T],
    title: Callable[[T], str],
    key: str,
    check: AddressCheck,
    explanation: str | None = None,
) -> T:
    """Draw a select box.

    Args:
        label: above it.
        options: what there is to choose from; the first is the default.
        title: an option's name, which stands in the address.
        key: its name in the address.
        check: told what the address asks for and does not get.
        explanation: shown behind the question mark.
    """
    chosen: T = st.selectbox(
        label, options, format_func=title, key=key, help=explanation, bind="query-params"
    )
    check.option(key, [title(option) for option in options], title(chosen))
    return chosen


def choose_one(
    label: str,
    options: Sequence[T],
    key: str,
    check: AddressCheck,
    title: Callable[[T], str] = str,
    default: T | None = None,
    **more: Any,
) -> T:
    """Draw buttons of which always one is pressed.

    Args:
        label: above them.
        options: what there is to choose from.
        key: its name in the address.
        check: told what the address asks for and does not get.
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
    check.option(key, [title(option) for option in options], title(chosen))
    return chosen
