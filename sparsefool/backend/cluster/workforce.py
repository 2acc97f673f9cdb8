"""The workers of a cluster: which of them can be used, and why others cannot."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from distributed import Client, Future

from sparsefool.backend.cluster.worker import Expected, introduce

FIRST = 1000
"""Priority of the question to a worker: it comes before all blocks."""

_log = logging.getLogger(__name__)


@dataclass
class _Asked:
    """A worker, and the question whether it can be used."""

    name: str
    answer: Future
    reason: str | None = None


class Workforce:
    """The workers of a cluster, each asked once whether it can be used; they join and leave at any time.

    Args:
        client: the connection.
        expected: what a worker must have in common with this process.
        answered: called, on another thread, once a worker has answered.
    """

    def __init__(self, client: Client, expected: Expected, answered: Callable[[Future], None]) -> None:
        self._client, self._expected, self._answered = client, expected, answered
        self._workers: dict[str, _Asked] = {}

    @property
    def usable(self) -> int:
        """How many workers can be used."""
        return sum(worker.reason == "" for worker in self._workers.values())

    @property
    def undecided(self) -> bool:
        """Whether a worker has not answered yet, or there is none."""
        return not self._workers or any(worker.reason is None for worker in self._workers.values())

    @property
    def refused(self) -> str:
        """Which workers cannot be used, and why; empty if all can."""
        reasons = [f"{worker.name}: {worker.reason}" for worker in self._workers.values() if worker.reason]
        return "; ".join(sorted(reasons))

    def look(self, there: Mapping[str, Any]) -> None:
        """Take note of the workers that have come, answered and gone, given those that are there."""
        self._workers = {address: worker for address, worker in self._workers.items() if address in there}
        for address, about in there.items():
            if address not in self._workers:
                self._workers[address] = self._ask(address, str(about["name"]))
        for worker in self._workers.values():
            if worker.reason is None and worker.answer.done():
                worker.reason = _reason(worker.answer)
                if worker.reason:
                    _log.warning("The worker %s is not used: %s.", worker.name, worker.reason)

    def _ask(self, address: str, name: str) -> _Asked:
        answer = self._client.submit(
            introduce,
            self._expected,
            key=f"sparsefool-introduce-{uuid4().hex}",
            workers=[address],
            allow_other_workers=False,
            priority=FIRST,
        )
        answer.add_done_callback(self._answered)
        return _Asked(name, answer)


def _reason(answer: Future) -> str | None:
    """Return why a worker cannot be used, empty if it can; None where its answer got lost with it."""
    if answer.status == "finished":
        reason: str = answer.result()
        return reason
    if answer.status == "error":
        error = answer.exception()
        return f"it cannot be asked ({type(error).__name__}: {error})"
    return None
