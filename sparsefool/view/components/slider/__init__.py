"""A slider that sends its value while it is dragged, with a number beside it that can be typed."""

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Literal

import streamlit as st

from sparsefool.view.components.frontend import define, heard, new_message

Scale = Literal["linear", "log"]


_SLIDER = define(__file__)


def draw_slider(
    label: str,
    value: float,
    low: float,
    high: float,
    step: float,
    key: str,
    *,
    scale: Scale = "linear",
    help: str | None = None,  # noqa: A002
    disabled: bool = False,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Draw a slider; what the browser sends is in the session state under ``key`` when the page runs.

    Streamlit's own slider sends its value only when it is released.

    Args:
        label: above it.
        value: where it stands, from ``low`` to ``high``; this is what is shown unless the user is faster.
        low, high: the range. If both are ints, the value is whole.
        step: of the arrow keys, and of dragging.
        key: of the value; the other keys begin with it, and the container has it too.
        scale: ``"log"`` gives most of the track to the small values: equal ways, equal ratios of 1 + value.
        help: the tooltip.
        disabled: whether it cannot be moved; a message that says it was is ignored.
        on_change: called after the user has changed the value, before the page runs.
    """
    with st.container(key=key):
        _SLIDER(
            key=message_key(key),
            data={
                "label": label,
                "value": value,
                "low": low,
                "high": high,
                "step": step,
                "whole": _is_whole(low, high),
                "scale": scale,
                "help": help or "",
                "disabled": disabled,
                "heard": heard(message_key(key)),
            },
            on_moved_change=partial(_hear, key, low, high, disabled, on_change),
        )


def message_key(key: str) -> str:
    """Return the key of the component, whose state is the browser's last message."""
    return f"{key}_slider"


def fit(value: float, low: float, high: float) -> float:
    """Return the value nearest to ``value`` from ``low`` to ``high``, a whole one if both are ints."""
    fitted = min(max(value, low), high)
    return round(fitted) if _is_whole(low, high) else float(fitted)


def _is_whole(low: float, high: float) -> bool:
    return isinstance(low, int) and isinstance(high, int)


def _hear(key: str, low: float, high: float, disabled: bool, on_change: Callable[[], None] | None) -> None:
    """Take the value that the browser has sent, if its message is valid."""
    match new_message(message_key(key), "moved"):
        case {"value": int() | float() as value} if isfinite(value) and not disabled:
            st.session_state[key] = fit(value, low, high)
            if on_change is not None:
                on_change()
