"""Whether this server runs experiments, and for how long."""

import time
from collections.abc import Callable
from typing import TypeVar

from sparsefool.backend.progress import Progress
from sparsefool.backend.serving.limits import limits
from sparsefool.errors import Cancelled, LimitError

Q = TypeVar("Q")
R = TypeVar("R")


def why_no_experiments() -> str:
    """Return why this server runs no experiment, and what to do; empty if it does."""
    if limits().experiments:
        return ""
    return (
        "This server shows stored results only: new measurements are switched off. On your own machine, "
        "`sparsefool app` makes them."
    )


def check_experiments() -> None:
    """Return if this server runs experiments.

    Raises:
        LimitError: it does not.
    """
    if reason := why_no_experiments():
        raise LimitError(reason)


def within_time(run: Callable[[Q, Progress], R]) -> Callable[[Q, Progress], R]:
    """Return a run that is cancelled once it has taken as long as an experiment may on this server."""
    return lambda request, progress: run(request, _Timed(progress, limits().seconds_per_experiment))


class _Timed:
    """A progress whose check raises once the time is over."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress, self._seconds = progress, seconds
        self._started = time.monotonic()
        self.report = progress.report

    def check(self) -> None:
        """Return unless the work has been cancelled, or has taken too long."""
        self._progress.check()
        if time.monotonic() - self._started > self._seconds:
            raise Cancelled(
                f"An experiment may take {self._seconds:,.0f} s on this server, and this one has taken them."
            )
