"""Runs: the work that is done for jobs.

Sessions that ask for the same at the same time share one run: each has a job of its own, and the run ends
early only when none of them wants it any more.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, runtime_checkable

from sparsefool.backend.placement import placed_on
from sparsefool.backend.progress import Progress, Status
from sparsefool.backend.work.faults import Fault, in_words
from sparsefool.backend.work.job import Job, JobState, Leaving, T
from sparsefool.errors import Cancelled

Work = Callable[[Progress], T]

_log = logging.getLogger(__name__)


@runtime_checkable
class Queue(Protocol):
    """Where a run waits and takes place: a worker of a device."""

    device: str
    changed: threading.Condition

    @property
    def unfinished(self) -> int:
        """How many jobs wait or run."""

    def position(self, run: "Run[Any]") -> int:
        """Return the place of a run in the queue: 1 is next, 0 is not waiting."""

    def expected_wait(self, position: int) -> float:
        """Return the seconds after which the run at a place in the queue is likely to start."""

    def withdraw(self, run: "Run[Any]") -> bool:
        """Take a run out of the queue; return whether it was in there."""

    def move(self, run: "Run[Any]", error: BaseException) -> bool:
        """Give a run that has failed to another device, if that may help; return whether it waits there."""


class Run(Generic[T]):
    """A piece of work in a queue, with the jobs that wait for it; the progress of that work.

    Args:
        queue: where it waits.
        work: what to do.
        key, networks, alone: of :meth:`sparsefool.backend.work.devices.DevicePool.submit`.
        anywhere: whether the device is open.

    Attributes:
        queue: where it waits or takes place.
        key, networks, alone, anywhere: as given.
        faults: what has gone wrong with devices on which it took place before.
        jobs: those that wait for it.
        state, status, result, error: as of a :class:`Job`.
        cancel_reason: why it is about to end; None unless it is.
    """

    def __init__(
        self,
        queue: Queue,
        work: Work[T],
        key: Hashable,
        networks: tuple[str, ...],
        *,
        alone: bool,
        anywhere: bool,
    ) -> None:
        self.queue = queue
        self.key = key
        self.networks = networks
        self.alone = alone
        self.anywhere = anywhere
        self.faults: dict[str, Fault] = {}
        self.jobs: list[Job[T]] = []
        self.state = JobState.WAITING
        self.status = Status()
        self.result: T | None = None
        self.error: BaseException | None = None
        self.cancel_reason: str | None = None
        self._work = work
        self._started = 0.0
        self._ended = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of running so far or in all; 0 while it waits."""
        return (self._ended or time.perf_counter()) - self._started if self._started else 0.0

    @property
    def finished(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state not in (JobState.WAITING, JobState.RUNNING)

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Set the status: see :class:`~sparsefool.backend.progress.Progress`."""
        self.status = Status(done, total, text, payload)

    def check(self) -> None:
        """Return unless nobody wants it any more.

        Raises:
            Cancelled: nobody does.
        """
        for job in list(self.jobs):
            job.cancel_unwanted()
        if self.cancel_reason is not None:
            raise Cancelled(self.cancel_reason)

    def start(self) -> None:
        """Do the work."""
        self.state, self._started = JobState.RUNNING, time.perf_counter()
        state = JobState.DONE
        try:
            self.check()
            with placed_on(self.queue.device):
                self.result = self._work(self)
        except Cancelled as error:
            state, self.error = JobState.CANCELLED, error
        except BaseException as error:  # whatever happens in one job must not end the worker
            if self.queue.move(self, error):
                return
            _log.exception("A job of session %s failed.", ", ".join(job.session for job in self.jobs))
            state, self.error = JobState.FAILED, in_words(error, self.queue.device)
        self.finish(state)

    def finish(self, state: JobState) -> None:
        """End in a state, and tell all jobs."""
        if self.error is not None:
            self.error.__traceback__ = None  # its frames would keep images and networks in memory
        self._ended = time.perf_counter()
        with self.queue.changed:
            self.state = state
            for job in self.jobs:
                job.end()

    def wait_in(self, queue: Queue) -> None:
        """Begin again, in another queue."""
        self.queue, self.state, self.status, self._started = queue, JobState.WAITING, Status(), 0.0

    def leave(self, job: Job[T], reason: str) -> None:
        """Let a job go; without any, the run ends."""
        with self.queue.changed:
            if job.finished or job not in self.jobs:
                return
            if len(self.jobs) > 1:
                self.jobs.remove(job)
                job.end(Leaving(self.status, self.seconds, Cancelled(reason)))
                return
            self.cancel_reason = reason
            if self.queue.withdraw(self):
                self.error = Cancelled(reason)
                self.finish(JobState.CANCELLED)

    def serves(self, session: str) -> bool:
        """Return whether a session waits for this run."""
        return any(job.session == session for job in self.jobs)
