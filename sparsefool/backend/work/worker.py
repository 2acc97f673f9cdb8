"""A queue of runs and the threads that take them from it, one after the other."""

import threading
from collections.abc import Callable
from typing import Any

from sparsefool.backend.serving.figures import JOB_SECONDS
from sparsefool.backend.work.job import JobState
from sparsefool.backend.work.run import Run
from sparsefool.errors import QueueFullError

FIRST_GUESS = 1.0
"""Seconds that a job is expected to run before any has ended."""

NEWS = 0.2
"""Share of the latest job in the running mean of how long one takes."""


class Worker:
    """Daemon threads that take runs from a queue; each starts when there is a run for it.

    A thread that ends, whatever the cause, is replaced, and its run has failed.

    Args:
        device: the device, for the threads' names and messages.
        kind: what the figures call its runs.
        threads: runs that take place at a time.
        longest_wait: seconds that a new run may be expected to wait; else it is refused.
        lock: shared by the workers between which runs may move.
        move: gives a run that has failed to another of them, if that may help; returns whether it has.
    """

    def __init__(
        self,
        device: str,
        kind: str,
        threads: int,
        longest_wait: float,
        lock: threading.RLock,
        move: Callable[[Run[Any], BaseException], bool],
    ) -> None:
        self.device = device
        self.kind = kind
        self.changed = threading.Condition(lock)
        self.move = move
        self._longest_wait = longest_wait
        self._waiting: list[Run[Any]] = []
        self._running: list[Run[Any]] = []
        self._threads: list[threading.Thread] = []
        self._most_threads = threads
        self._mean_seconds = FIRST_GUESS

    @property
    def runs(self) -> tuple[Run[Any], ...]:
        """All unfinished runs, those that take place first."""
        with self.changed:
            return tuple(run for run in (*self._running, *self._waiting) if not run.finished)

    @property
    def waiting(self) -> tuple[Run[Any], ...]:
        """The runs that wait, the next one first."""
        with self.changed:
            return tuple(self._waiting)

    @property
    def unfinished(self) -> int:
        """How many jobs wait or run."""
        return sum(len(run.jobs) for run in self.runs)

    def queue(self, run: Run[Any], session: str) -> None:
        """Queue a run, at the place of the one for which the session waits here, or last.

        Raises:
            QueueFullError: it would have to wait for too long.
        """
        with self.changed:
            place = self._place_of(session)
            if place is None:
                self._refuse_if_full()
                place = len(self._waiting)
            self._insert(place, run)

    def take_over(self, run: Run[Any], other: "Worker", *, first: bool) -> None:
        """Let a run of another worker wait here, before all others or last."""
        with self.changed:
            if not other.withdraw(run):
                other._running.remove(run)
            run.wait_in(self)
            self._insert(0 if first else len(self._waiting), run)

    def waits(self, session: str) -> bool:
        """Return whether a run of this session waits here, whose place another may take."""
        with self.changed:
            return self._place_of(session) is not None

    def withdraw(self, run: Run[Any]) -> bool:
        """Take a run out of the queue; return whether it was in there."""
        with self.changed:
            waited = run in self._waiting
            if waited:
                self._waiting.remove(run)
            return waited

    def position(self, run: Run[Any]) -> int:
        """Return the place of a run in the queue: 1 is next, 0 is not waiting."""
        with self.changed:
            return self._waiting.index(run) + 1 if run in self._waiting else 0

    def expected_wait(self, position: int) -> float:
        """Return the seconds after which the run at a place in the queue is likely to start."""
        return position * self._mean_seconds / self._most_threads

    def _place_of(self, session: str) -> int | None:
        """Return the place that a newer run of a session gets: behind an older one that others want too."""
        for place, run in enumerate(self._waiting):
            if run.serves(session):
                return place + (len(run.jobs) > 1)
        return None

    def _refuse_if_full(self) -> None:
        for job in [job for run in self._waiting for job in run.jobs]:
            job.cancel_unwanted()
        wait = self.expected_wait(len(self._waiting))
        if wait > self._longest_wait:
            raise QueueFullError(
                f"{len(self._waiting)} runs already wait for {self.device}, about {wait:.0f} s; the limit is "
                f"{self._longest_wait:.0f} s. Try again in a minute."
            )

    def _insert(self, place: int, run: Run[Any]) -> None:
        self._waiting.insert(place, run)
        self._start_thread()
        self.changed.notify()

    def _start_thread(self) -> None:
        """Start another thread if those there are have enough to do."""
        count = len(self._threads)
        if count < min(self._most_threads, len(self._running) + len(self._waiting)):
            name = f"sparsefool-{self.device}-{count + 1}"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()

    def _work(self) -> None:
        run: Run[Any] | None = None
        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self._waiting)
                    run = self._waiting.pop(0)
                    self._running.append(run)
                run.start()
                self._take_off(run)
                run = None  # an idle worker keeps no result alive
        finally:
            with self.changed:
                self._threads.remove(threading.current_thread())
                if run is not None:
                    self._take_off(run)
                self._start_thread()
                self.changed.notify()  # it may have been this thread that was told of new work

    def _take_off(self, run: Run[Any]) -> None:
        with self.changed:
            if run not in self._running:  # it goes on elsewhere
                return
            self._running.remove(run)
            if not run.finished:
                run.error = RuntimeError("The thread of this run has ended.")
                run.finish(JobState.FAILED)
            JOB_SECONDS.labels(self.device, self.kind, run.state).observe(run.seconds)
            if run.state is JobState.DONE:
                self._mean_seconds += NEWS * (run.seconds - self._mean_seconds)
