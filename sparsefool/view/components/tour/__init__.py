"""A tour of a page, offered on a browser's first visit and never again: a card that points at things."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sparsefool.view.components.frontend import define


@dataclass(frozen=True)
class Stop:
    """What a step of a tour points at, as CSS selectors of which the first that is there counts, and says."""

    at: tuple[str, ...]
    text: str


_COMPONENT = define(__file__)


def offer_tour(stops: Sequence[Stop]) -> None:
    """Offer a tour, if this browser has not been offered one before.

    It covers no control, takes the focus only once it is begun, and ends with Escape.
    """
    _COMPONENT(key="tour", data={"stops": [asdict(stop) for stop in stops]})
