"""How long-running work says how far it is, and learns that it is no longer wanted."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, eq=False)
class Status:
    """How far work is: ``done`` of ``total`` units (total 0: not known), what it does, a part result."""

    done: int = 0
    total: int = 0
    text: str = ""
    payload: object = None

    @property
    def fraction(self) -> float:
        """The part that is done, in [0, 1]; 0 where the total is not known."""
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0


@runtime_checkable
class Progress(Protocol):
    """What work is handed to report with."""

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Replace the status: ``done`` of ``total`` units, what is going on, and a part result to show."""

    def check(self) -> None:
        """Return if the work is still wanted.

        Raises:
            Cancelled: it is not.
        """


class NullProgress:
    """Progress that nobody watches and nobody cancels."""

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Forget it."""

    def check(self) -> None:
        """Return."""
