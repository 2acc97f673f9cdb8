"""How long-running work reports its progress and learns that it has been cancelled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

LOOK_AGAIN = 0.1
"""Seconds between two looks whether work that waits has been cancelled."""


@dataclass(frozen=True, eq=False)
class Status:
    """The progress of work: ``done`` of ``total`` units (total 0: not known), a text, a partial result."""

    done: int = 0
    total: int = 0
    text: str = ""
    payload: object = None

    @property
    def fraction(self) -> float:
        """The fraction that is done, in [0, 1]; 0 where the total is not known."""
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0


@runtime_checkable
class Progress(Protocol):
    """What work reports its progress to."""

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Set the status: ``done`` of ``total`` units, what is going on, and a partial result to show."""

    def check(self) -> None:
        """Return unless the work has been cancelled.

        Raises:
            Cancelled: it has been.
        """


class NullProgress:
    """Progress that nobody watches or cancels."""

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Return."""


@contextmanager
def alone(lock: threading.Lock, progress: Progress) -> Iterator[None]:
    """Hold a lock; while another thread holds it, ``progress`` may cancel the wait.

    Raises:
        Cancelled: ``progress`` cancelled it.
    """
    while not lock.acquire(timeout=LOOK_AGAIN):
        progress.check()
    try:
        yield
    finally:
        lock.release()
