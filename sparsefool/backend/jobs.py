"""One worker thread per device: a bounded queue, fair between sessions, the latest job wins within one.

A session is any string: one browser tab, or one tab and one page of it. It has at most one job waiting
and one running. What a session submits replaces its waiting job, at that job's place in the queue, and
cancels its running one. So nobody gets ahead by moving a slider, and nobody loses a place by it.
"""

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar

from sparsefool.backend.progress import Progress, Status
from sparsefool.devices import choose_device
from sparsefool.errors import Cancelled, QueueFullError

T = TypeVar("T")
Work = Callable[[Progress], T]

QUEUE_CAPACITY = 16
"""Jobs that may wait for one device."""

_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """The states of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Generic[T]):
    """A piece of work in a worker's queue; also the :class:`Progress` that the work reports to.

    Attributes:
        session: whose job this is.
        state: a :class:`JobState`.
        status: the latest :class:`Status` that the work reported.
        result: what the work returned, once ``state`` is ``done``.
        error: what it raised, once ``state`` is ``failed`` or ``cancelled``.
    """

    def __init__(self, worker: "Worker", work: Work[T], session: str) -> None:
        self.session = session
        self.state = JobState.WAITING
        self.status = Status()
        self.result: T | None = None
        self.error: BaseException | None = None
        self._worker = worker
        self._work = work
        self._started = 0.0
        self._ended = 0.0
        self._cancel_reason: str | None = None
        self._finished = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether the job is done, failed or cancelled."""
        return self._finished.is_set()

    @property
    def seconds(self) -> float:
        """Seconds of running so far or in all; 0 while the job waits."""
        return (self._ended or time.perf_counter()) - self._started if self._started else 0.0

    @property
    def position(self) -> int:
        """Place in the queue: 1 is next; 0 once the job is no longer waiting."""
        return self._worker.position(self)

    def cancel(self, reason: str = "The run was cancelled.") -> None:
        """Cancel a waiting job at once, a running one at its next :meth:`check`; no effect once finished."""
        self._worker.cancel(self, reason)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is finished, at most ``timeout`` seconds; return whether it is."""
        return self._finished.wait(timeout)

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Set :attr:`status` (called by the work)."""
        self.status = Status(done, total, text, payload)

    def check(self) -> None:
        """Return unless the job has been cancelled (called by the work, often).

        Raises:
            Cancelled: it has been.
        """
        if self._cancel_reason is not None:
            raise Cancelled(self._cancel_reason)

    def _run(self) -> None:
        self.state, self._started = JobState.RUNNING, time.perf_counter()
        state = JobState.DONE
        try:
            self.result = self._work(self)
        except Cancelled as error:
            state, self.error = JobState.CANCELLED, error
        except BaseException as error:  # whatever happens in one job must not end the worker
            _log.exception("A job of session %s failed.", self.session)
            state, self.error = JobState.FAILED, error
        self._finish(state)

    def _finish(self, state: JobState) -> None:
        if self.error is not None:
            self.error.__traceback__ = None  # its frames would keep images and networks in memory
        self._ended = time.perf_counter()
        self.state = state
        self._finished.set()


class Worker:
    """A daemon thread that runs jobs one after the other; it starts with the first job.

    Args:
        name: the device, for the thread's name and messages.
        capacity: jobs that may wait.
    """

    def __init__(self, name: str, capacity: int = QUEUE_CAPACITY) -> None:
        self.name = name
        self.capacity = capacity
        self._waiting: list[Job[Any]] = []
        self._running: Job[Any] | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def submit(self, work: Work[T], session: str) -> Job[T]:
        """Queue ``work``; it supersedes the jobs that ``session`` already has here.

        Raises:
            QueueFullError: ``capacity`` jobs of other sessions are waiting.
        """
        job = Job(self, work, session)
        newer = "A newer run took the place of this one."
        with self._changed:
            earlier = next((other for other in self._waiting if other.session == session), None)
            if earlier is None and len(self._waiting) >= self.capacity:
                raise QueueFullError(
                    f"{self.capacity} runs already wait for {self.name}, the limit. Try again in a moment."
                )
            place = self._waiting.index(earlier) if earlier else len(self._waiting)
            self._waiting.insert(place, job)
            for other in (earlier, self._running):
                if other and other.session == session:
                    self._cancel(other, newer)
            self._start_thread()
            self._changed.notify()
        return job

    def cancel(self, job: Job[Any], reason: str) -> None:
        """Cancel a job: see :meth:`Job.cancel`."""
        with self._changed:
            self._cancel(job, reason)

    def position(self, job: Job[Any]) -> int:
        """Return the place of ``job`` in the queue: 1 is next, 0 is not waiting."""
        with self._changed:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def _cancel(self, job: Job[Any], reason: str) -> None:
        job._cancel_reason = reason
        if job in self._waiting:
            self._waiting.remove(job)
            job.error = Cancelled(reason)
            job._finish(JobState.CANCELLED)

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"sparsefool-{self.name}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                job = self._running = self._waiting.pop(0)
            job._run()
            with self._changed:
                self._running = None
            del job  # an idle worker keeps no result alive


@cache
def _worker(device: str) -> Worker:
    return Worker(device)


def worker_for(device: str = "auto") -> Worker:
    """Return the one worker of a device of this machine (``"auto"``: the preferred device).

    Raises:
        DeviceError: the device does not exist here.
    """
    return _worker(str(choose_device(device)))


def submit(work: Work[T], *, session: str, device: str = "auto") -> Job[T]:
    """Queue ``work`` on the worker of ``device``: see :meth:`Worker.submit`."""
    return worker_for(device).submit(work, session)
