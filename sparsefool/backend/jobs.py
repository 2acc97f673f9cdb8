"""One worker thread per device: a bounded queue, fair between sessions, the latest job wins within one.

A session is any string: one browser tab, or one tab and one page of it. It has at most one job waiting
and one running. What a session submits replaces its waiting job, at that job's place in the queue, and
cancels its running one. So nobody gets ahead by moving a slider, and nobody loses a place by it.

Sessions that ask for the same at the same time share one run: each has a job of its own, and the run ends
early only when none of them wants it any more.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from enum import StrEnum
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

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
    """What a session has submitted: its view of a run, which sessions that asked for the same share.

    Attributes:
        session: whose job this is.
    """

    def __init__(self, run: "_Run[T]", session: str, is_wanted: Callable[[], bool]) -> None:
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
        return 0 if self._left else self._run.worker.position(self._run)

    def cancel(self, reason: str = "The run was cancelled.") -> None:
        """Cancel a waiting job at once, a running one at the work's next check; no effect once finished.

        Where other sessions wait for the same run, it goes on for them, and this job is cancelled at once.
        """
        self._run.worker.cancel(self, reason)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is finished, at most ``timeout`` seconds; return whether it is."""
        return self._finished.wait(timeout)


class _Leaving(NamedTuple):
    """How far a run was when a job left it to the others."""

    status: Status
    seconds: float
    error: Cancelled


class _Run(Generic[T]):
    """A piece of work in a worker's queue, with the jobs that wait for it; the progress of that work."""

    def __init__(self, worker: "Worker", work: Work[T], key: Hashable) -> None:
        self.worker = worker
        self.key = key
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
        return (self._ended or time.perf_counter()) - self._started if self._started else 0.0

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        self.status = Status(done, total, text, payload)

    def check(self) -> None:
        for job in [job for job in self.jobs if not job._is_wanted()]:
            job.cancel("The page that asked for this run was closed.")
        if self.cancel_reason is not None:
            raise Cancelled(self.cancel_reason)

    def start(self) -> None:
        """Do the work."""
        self.state, self._started = JobState.RUNNING, time.perf_counter()
        state = JobState.DONE
        try:
            self.result = self._work(self)
        except Cancelled as error:
            state, self.error = JobState.CANCELLED, error
        except BaseException as error:  # whatever happens in one job must not end the worker
            _log.exception("A job of session %s failed.", ", ".join(job.session for job in self.jobs))
            state, self.error = JobState.FAILED, error
        self.finish(state)

    def finish(self, state: JobState) -> None:
        """End in a state, and tell all jobs."""
        if self.error is not None:
            self.error.__traceback__ = None  # its frames would keep images and networks in memory
        self._ended = time.perf_counter()
        with self.worker.changed:
            self.state = state
            for job in self.jobs:
                job._finished.set()

    def serves(self, session: str) -> bool:
        """Return whether a session waits for this run."""
        return any(job.session == session for job in self.jobs)


class Worker:
    """A daemon thread that runs jobs one after the other; it starts with the first job.

    Args:
        name: the device, for the thread's name and messages.
        capacity: jobs that may wait.
    """

    def __init__(self, name: str, capacity: int = QUEUE_CAPACITY) -> None:
        self.name = name
        self.capacity = capacity
        self.changed = threading.Condition()
        self._waiting: list[_Run[Any]] = []
        self._running: _Run[Any] | None = None
        self._thread: threading.Thread | None = None

    def submit(
        self,
        work: Work[T],
        session: str,
        key: Hashable = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Job[T]:
        """Queue ``work``; it supersedes the jobs that ``session`` already has here.

        Args:
            work: what to do.
            session: for whom.
            key: work with an equal key, unless None, has an equal result: where such work of another session
                waits or runs, the new job shares it, and nothing is queued.
            is_wanted: whether the session is still there; asked at every check of the work, in its thread.

        Raises:
            QueueFullError: ``capacity`` jobs of other sessions are waiting.
        """
        with self.changed:
            runs = [run for run in (self._running, *self._waiting) if run]
            superseded = [job for run in runs for job in run.jobs if job.session == session]
            run = self._equal(key) or self._queue(work, key, session)
            job = Job(run, session, is_wanted)
            run.jobs.append(job)
            for other in superseded:
                self._cancel(other, "A newer run took the place of this one.")
            self._start_thread()
            self.changed.notify()
        return job

    def cancel(self, job: Job[Any], reason: str) -> None:
        """Cancel a job: see :meth:`Job.cancel`."""
        with self.changed:
            self._cancel(job, reason)

    def position(self, run: _Run[Any]) -> int:
        """Return the place of a run in the queue: 1 is next, 0 is not waiting."""
        with self.changed:
            return self._waiting.index(run) + 1 if run in self._waiting else 0

    def _equal(self, key: Hashable) -> _Run[Any] | None:
        """Return an unfinished run of an equal key, unless it is about to be cancelled."""
        runs = (run for run in (self._running, *self._waiting) if run and run.cancel_reason is None)
        unfinished = (run for run in runs if run.state in (JobState.WAITING, JobState.RUNNING))
        return next((run for run in unfinished if key is not None and run.key == key), None)

    def _queue(self, work: Work[T], key: Hashable, session: str) -> _Run[T]:
        """Return a new run, at the place of the one for which the session waits, or last."""
        earlier = next((run for run in self._waiting if run.serves(session)), None)
        stays = earlier is not None and len(earlier.jobs) > 1
        if (earlier is None or stays) and len(self._waiting) >= self.capacity:
            raise QueueFullError(
                f"{self.capacity} runs already wait for {self.name}, the limit. Try again in a moment."
            )
        run = _Run(self, work, key)
        self._waiting.insert(self._waiting.index(earlier) + stays if earlier else len(self._waiting), run)
        return run

    def _cancel(self, job: Job[Any], reason: str) -> None:
        run = job._run
        if job.finished or job not in run.jobs:
            return
        if len(run.jobs) > 1:
            run.jobs.remove(job)
            job._left = _Leaving(run.status, run.seconds, Cancelled(reason))
            job._finished.set()
            return
        run.cancel_reason = reason
        if run in self._waiting:
            self._waiting.remove(run)
            run.error = Cancelled(reason)
            run.finish(JobState.CANCELLED)

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"sparsefool-{self.name}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._waiting)
                run = self._running = self._waiting.pop(0)
            run.start()
            with self.changed:
                self._running = None
            del run  # an idle worker keeps no result alive


@cache
def _worker(device: str) -> Worker:
    return Worker(device)


def worker_for(device: str = "auto") -> Worker:
    """Return the one worker of a device of this machine (``"auto"``: the preferred device).

    Raises:
        DeviceError: the device does not exist here.
    """
    return _worker(str(choose_device(device)))


def submit(
    work: Work[T],
    *,
    session: str,
    device: str = "auto",
    key: Hashable = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Job[T]:
    """Queue ``work`` on the worker of ``device``: see :meth:`Worker.submit`."""
    return worker_for(device).submit(work, session, key, is_wanted)
