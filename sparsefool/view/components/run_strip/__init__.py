"""The runs of a session as a row of cards, of which one is shown and one may be pinned."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

STRIP = "run_strip"
"""Key of the strip."""

_HEARD = "run_strip_heard"


def _source(ending: str) -> str:
    return (Path(__file__).parent / f"run_strip.{ending}").read_text(encoding="utf-8")


_COMPONENT = st.components.v2.component(
    "sparsefool_run_strip",
    html='<div class="strip" role="group" aria-label="Runs of this session"></div>',
    css=_source("css"),
    js=_source("js"),
)


@dataclass(frozen=True)
class Card:
    """A run in the strip.

    Attributes:
        number: which run it is.
        picture: the data URI of its thumbnail.
        lines: what stands beside it; the first in bold.
        title: the tooltip.
        current: whether it is the one shown.
        pinned: whether it is pinned.
        gone: whether it cannot be shown again.
    """

    number: int
    picture: str
    lines: Sequence[str]
    title: str
    current: bool = False
    pinned: bool = False
    gone: bool = False


def draw_strip(cards: Sequence[Card]) -> None:
    """Draw the cards, from left to right; they scroll sideways where there are too many."""
    shown = next((card.number for card in cards if card.current), None)
    _COMPONENT(
        key=STRIP,
        data={"runs": [asdict(card) for card in cards], "current": shown},
        on_asked_change=_wait_for_the_run,
    )


def newly_asked() -> tuple[Literal["show", "pin"], int] | None:
    """Return which run was clicked since the last time, and for what; None if none was.

    Must be called before the controls are drawn.
    """
    match (st.session_state.get(STRIP) or {}).get("asked"):
        case {"run": str(run), "count": int(count), "what": "show" | "pin" as what, "number": int(number)}:
            if (run, count) != st.session_state.get(_HEARD):
                st.session_state[_HEARD] = (run, count)
                return what, number
    return None


def _wait_for_the_run() -> None:
    """Do nothing: the rerun that follows reads the click."""
