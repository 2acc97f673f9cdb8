"""The widgets of the pages, each bound to the query parameter of its key."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sparsefool.view.components.slider import Scale, draw_slider, fit
from sparsefool.view.shared.query_parameters import (
    Title,
    check_number,
    check_option,
    no_choice,
    note_in_address,
    parse_number,
    read_on_arrival,
)

T = TypeVar("T")


def select(
    label: str,
    options: Sequence[T],
    key: str,
    title: Title = str,
    help: str | None = None,  # noqa: A002
    reason: Title = no_choice,
    default: T | None = None,
) -> T:
    """Draw a select box.

    Args:
        label: above it.
        options: the choices.
        key: of the widget, and its query parameter.
        title: returns an option's name, which is also its value in the address.
        help: the tooltip.
        reason: returns why a value in the address is no choice, as the predicate of a sentence.
        default: the option selected at first; by default the first one, also where it is no option.
    """
    index = options.index(default) if default in options else 0
    chosen: T = st.selectbox(
        label, options, index, format_func=title, key=key, help=help, bind="query-params"
    )
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
    check_option(key, [title(option) for option in options], _in_words(list(map(title, chosen))))
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
    check_option(key, [title(option) for option in options], _in_words(list(map(title, chosen))))
    return chosen


def _in_words(chosen: Sequence[str]) -> str:
    """Return what is selected, for a notice about the address; titles may hold commas themselves."""
    return "what is selected on the page" if len(chosen) > 1 else next(iter(chosen), "none")


def keep_values(keys: Iterable[str]) -> None:
    """Keep the values of widgets that this run of the page may not draw: Streamlit would forget them."""
    for key in keys:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def drawer(label: str, icon: str, key: str, settings: Iterable[str] = ()) -> DeltaGenerator | None:
    """Draw a part of the page that can be opened; return the place of its widgets, or None if none is needed.

    They need not be drawn while it is closed and all have their default: then neither the address nor
    the session knows any of them.

    Args:
        label: what is in it.
        icon: beside the label.
        key: of the drawer.
        settings: the keys of its widgets that count while it is closed.
    """
    part = st.expander(label, icon=icon, key=key, on_change="rerun")
    known = any(name in st.session_state or name in st.query_params for name in settings)
    return part if part.open or known else None


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
