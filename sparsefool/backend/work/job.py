"""Jobs: what sessions have submitted, and the runs that they wait for.

Sessions that ask for the same at the same time share one run: each has a job of its own, and the run ends
early only when none of them wants it any more.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from sparsefool.backend.placement import placed_on
from sparsefool.backend.progress import Progress, Status
from sparsefool.backend.work.faults import Fault, in_words
from sparsefool.errors import Cancelled

T = TypeVar("T")
Work = Callable[[Progress], T]

_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """The states of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


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


class Job(Generic[T]):
    """What a session has submitted: its view of a run, which sessions that asked for the same share.

    Attributes:
        session: whose job this is.
    """

    def __init__(self, run: "Run[T]", session: str, is_wanted: Callable[[], bool]) -> None:
        self.session = session
        self._run = run
        self._is_wanted = is_wanted
        self._left: _Leaving | None = None
        self._finished = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether the job is done, failed or cancelled."""
        return self._finished.is_set()

    @property
    def state(self) -> JobState:
        """How far the job is."""
        return JobState.CANCELLED if self._left else self._run.state

    @property
    def status(self) -> Status:
        """The latest status that the work reported."""
        return self._left.status if self._left else self._run.status

    @property
    def result(self) -> T | None:
        """What the work returned, once :attr:`state` is ``done``."""
        return None if self._left else self._run.result

    @property
    def error(self) -> BaseException | None:
        """What the work raised, once :attr:`state` is ``failed`` or ``cancelled``."""
        return self._left.error if self._left else self._run.error

    @property
    def seconds(self) -> float:
        """Seconds of running so far or in all; 0 while the job waits."""
        return self._left.seconds if self._left else self._run.seconds

    @property
    def position(self) -> int:
        """Place in the queue: 1 is next; 0 once the job is no longer waiting."""
        return 0 if self._left else self._run.queue.position(self._run)

    @property
    def expected_wait(self) -> float:
        """Seconds until it is likely to start, by the time that jobs took before; 0 once it has."""
        return self._run.queue.expected_wait(self.position)

    @property
    def unfinished(self) -> int:
        """How many jobs of this worker, of all sessions, wait or run."""
        return self._run.queue.unfinished

    def cancel(self, reason: str = "The run was cancelled.") -> None:
        """Cancel a waiting job at once, a running one at the work's next check; no effect once finished.

        Where other sessions wait for the same run, it goes on for them, and this job is cancelled at once.
        """
        self._run.leave(self, reason)

    def cancel_unwanted(self) -> None:
        """Cancel it if its session has gone."""
        if not self._is_wanted():
            self.cancel("The page that asked for this run was closed.")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is finished, at most ``timeout`` seconds; return whether it is."""
        return self._finished.wait(timeout)

    def end(self, leaving: "_Leaving | None" = None) -> None:
        """Take note that the run has ended, or that it goes on for others."""
        self._left = leaving
        self._finished.set()


class _Leaving(NamedTuple):
    """How far a run was when a job left it to the others."""

    status: Status
    seconds: float
    error: Cancelled


class Run(Generic[T]):
    """A piece of work in a queue, with the jobs that wait for it; the progress of that work.

    Args:
        queue: where it waits.
        work: what to do.
        key, networks: of :meth:`sparsefool.backend.work.devices.DevicePool.submit`.
        anywhere: whether the device is open.

    Attributes:
        queue: where it waits or takes place.
        key, networks, anywhere: as given.
        faults: what has gone wrong with devices on which it took place before.
        jobs: those that wait for it.
        state, status, result, error: as of a :class:`Job`.
        cancel_reason: why it is about to end; None unless it is.
    """

    def __init__(
        self, queue: Queue, work: Work[T], key: Hashable, networks: tuple[str, ...], *, anywhere: bool
    ) -> None:
        self.queue = queue
        self.key = key
        self.networks = networks
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
                job.end(_Leaving(self.status, self.seconds, Cancelled(reason)))
                return
            self.cancel_reason = reason
            if self.queue.withdraw(self):
                self.error = Cancelled(reason)
                self.finish(JobState.CANCELLED)

    def serves(self, session: str) -> bool:
        """Return whether a session waits for this run."""
        return any(job.session == session for job in self.jobs)
