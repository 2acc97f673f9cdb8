"""The runs of a session as a row of cards, of which one is shown and one may be pinned."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sparsefool.view.components.frontend import define, new_message, wait_for_the_run

STRIP = "run_strip"
"""Key of the strip."""

_COMPONENT = define(__file__, html='<div class="strip" role="group" aria-label="Runs of this session"></div>')


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
        on_asked_change=wait_for_the_run,
    )


def newly_asked() -> tuple[Literal["show", "pin"], int] | None:
    """Return which run was clicked since the last time, and for what; None if none was.

    Must be called before the controls are drawn.
    """
    match new_message(STRIP, "asked"):
        case {"what": "show" | "pin" as what, "number": int(number)}:
            return what, number
    return None
