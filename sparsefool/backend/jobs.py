"""The workers of each device: a bounded queue, fair between sessions, the latest job wins within one.

A session is any string: one browser tab, or one tab and one page of it. It has at most one job waiting
and one running. What a session submits replaces its waiting job, at that job's place in the queue, and
cancels its running one. So nobody gets ahead by moving a slider, and nobody loses a place by it.

Sessions that ask for the same at the same time share one run: each has a job of its own, and the run ends
early only when none of them wants it any more.

Each device has two workers. Attacks on single pictures run side by side and share their passes through a
network (:mod:`sparsefool.backend.shared_passes`); whatever takes longer runs one at a time, beside them.
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

SIDE_BY_SIDE_CPU, SIDE_BY_SIDE_GPU = 8, 64
"""Attacks that run at a time on one device."""

LONGEST_WAIT, LONGEST_WAIT_ALONE = 120.0, 3600.0
"""Seconds that a new job may be expected to wait, for an attack and for what takes longer."""

FIRST_GUESS = 1.0
"""Seconds that a job is expected to run before any has ended."""

NEWS = 0.2
"""Share of the latest job in the running mean of how long one takes."""

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

    @property
    def expected_wait(self) -> float:
        """Seconds until it is likely to start, by the time that jobs took before; 0 once it has."""
        return self._run.worker.expected_wait(self.position)

    @property
    def unfinished(self) -> int:
        """How many jobs of this worker, of all sessions, wait or run."""
        return self._run.worker.unfinished

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
    """Daemon threads that run jobs; each starts when there is a job for it.

    Args:
        name: the device, for the threads' names and messages.
        threads: jobs that run at a time.
        longest_wait: seconds that a new job may be expected to wait; else it is refused.
    """

    def __init__(self, name: str, threads: int = 1, longest_wait: float = LONGEST_WAIT) -> None:
        self.name = name
        self.longest_wait = longest_wait
        self.changed = threading.Condition()
        self._waiting: list[_Run[Any]] = []
        self._running: list[_Run[Any]] = []
        self._threads: list[threading.Thread] = []
        self._most_threads = threads
        self._mean_seconds = FIRST_GUESS

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
            QueueFullError: it would have to wait for too long.
        """
        with self.changed:
            runs = [*self._running, *self._waiting]
            superseded = [job for run in runs for job in run.jobs if job.session == session]
            run = self._equal(key) or self._queue(work, key, session)
            job = Job(run, session, is_wanted)
            run.jobs.append(job)
            for other in superseded:
                self._cancel(other, "A newer run took the place of this one.")
            self._start_thread()
            self.changed.notify_all()
        return job

    def cancel(self, job: Job[Any], reason: str) -> None:
        """Cancel a job: see :meth:`Job.cancel`."""
        with self.changed:
            self._cancel(job, reason)

    def position(self, run: _Run[Any]) -> int:
        """Return the place of a run in the queue: 1 is next, 0 is not waiting."""
        with self.changed:
            return self._waiting.index(run) + 1 if run in self._waiting else 0

    def expected_wait(self, position: int) -> float:
        """Return the seconds after which the job at a place in the queue is likely to start."""
        return position * self._mean_seconds / self._most_threads

    @property
    def unfinished(self) -> int:
        """How many jobs wait or run."""
        with self.changed:
            return sum(len(run.jobs) for run in (*self._running, *self._waiting))

    def _equal(self, key: Hashable) -> _Run[Any] | None:
        """Return an unfinished run of an equal key, unless it is about to be cancelled."""
        runs = (run for run in (*self._running, *self._waiting) if run.cancel_reason is None)
        unfinished = (run for run in runs if run.state in (JobState.WAITING, JobState.RUNNING))
        return next((run for run in unfinished if key is not None and run.key == key), None)

    def _queue(self, work: Work[T], key: Hashable, session: str) -> _Run[T]:
        """Return a new run, at the place of the one for which the session waits, or last."""
        earlier = next((run for run in self._waiting if run.serves(session)), None)
        stays = earlier is not None and len(earlier.jobs) > 1
        wait = self.expected_wait(len(self._waiting))
        if (earlier is None or stays) and wait > self.longest_wait:
            raise QueueFullError(
                f"{len(self._waiting)} runs already wait for {self.name}, about {wait:.0f} s; the limit is "
                f"{self.longest_wait:.0f} s. Try again in a minute."
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
        """Start another thread if those there are have enough to do."""
        count = len(self._threads)
        if count < min(self._most_threads, len(self._running) + len(self._waiting)):
            name = f"sparsefool-{self.name}-{count + 1}"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._waiting)
                run = self._waiting.pop(0)
                self._running.append(run)
            run.start()
            with self.changed:
                self._running.remove(run)
                if run.state is JobState.DONE:
                    self._mean_seconds += NEWS * (run.seconds - self._mean_seconds)
            del run  # an idle worker keeps no result alive


@cache
def _workers(device: str) -> tuple[Worker, Worker]:
    """Return the worker for attacks, and that for what takes longer."""
    side_by_side = SIDE_BY_SIDE_CPU if device == "cpu" else SIDE_BY_SIDE_GPU
    return Worker(device, side_by_side), Worker(device, longest_wait=LONGEST_WAIT_ALONE)


def worker_for(device: str = "auto", *, alone: bool = False) -> Worker:
    """Return one of the two workers of a device of this machine (``"auto"``: the preferred device).

    Args:
        device: where to work.
        alone: whether it is for work that runs one at a time.

    Raises:
        DeviceError: the device does not exist here.
    """
    return _workers(str(choose_device(device)))[alone]


def submit(
    work: Work[T],
    *,
    session: str,
    device: str = "auto",
    alone: bool = False,
    key: Hashable = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Job[T]:
    """Queue ``work`` on a worker of ``device``: see :func:`worker_for` and :meth:`Worker.submit`."""
    return worker_for(device, alone=alone).submit(work, session, key, is_wanted)
