"""The runs of one page in one session: what was asked for last, its job, and the last result there is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast, runtime_checkable
from uuid import uuid4

import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.jobs import Job, JobState, submit
from sparsefool.backend.progress import Progress
from sparsefool.errors import Cancelled, SparseFoolError
from sparsefool.view.shared.streamlit_internals import session_alive

PATIENCE = 0.9
"""Seconds to wait for a job before the page says that it is running: quick results come without a flicker,
and the last one is not drawn once more. A slider that moves on meanwhile is not kept waiting: Streamlit
begins the next run of the page at once."""

ATTACK_RUNS = "runs"
"""Where the session keeps the runs of the Attack page."""


@runtime_checkable
class Request(Protocol):
    """What a page asks for; equal requests have equal results."""

    @property
    def device(self) -> str:
        """``"auto"`` or a device name of torch."""

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about, whatever the parameters."""


Q = TypeVar("Q", bound=Request)
R = TypeVar("R")


@dataclass
class Runs(Generic[Q, R]):
    """The runs of one page in one session.

    Attributes:
        run: how a request is run, on its device's worker.
        session: the key under which the worker knows this page of this session.
        requested: the last request.
        job: its job; None if there is none.
        refusal: why there is no job.
        completed: the request of the last job that ended with a result.
        report: its result.
    """

    run: Callable[[Q, Progress], R]
    session: str = field(default_factory=lambda: uuid4().hex)
    requested: Q | None = None
    job: Job[R] | None = None
    refusal: SparseFoolError | None = None
    completed: Q | None = None
    report: R | None = None
    _kept: Job[R] | None = field(default=None, init=False, repr=False)

    @property
    def running(self) -> bool:
        """Whether the last request waits, runs, or has a result that has not been picked up yet."""
        job = self.job
        return job is not None and not (
            job.finished and (job.state is not JobState.DONE or job is self._kept)
        )

    @property
    def current(self) -> bool:
        """Whether :attr:`report` is the result of the last request."""
        return self.report is not None and self.completed == self.requested

    @property
    def error(self) -> BaseException | None:
        """Why the last request has no result: it was refused, cancelled, or failed."""
        return self.refusal or (self.job.error if self.job is not None else None)

    def report_on(self, request: Q) -> R | None:
        """Return the last result if it is about the same subject as ``request``, whatever the parameters."""
        last = self.completed
        return self.report if last is not None and last.subject == request.subject else None

    def submit(self, request: Q) -> None:
        """Make sure that ``request`` is what runs or has run, and pick up a result that is ready."""
        if request != self.requested:
            self.start(request)
        self.collect()

    def start(self, request: Q) -> None:
        """Run a request in place of the last one; no effect while it is running already."""
        if self.running and request == self.requested:
            return
        self.cancel()
        self.requested = request
        is_open, run = session_alive(), self.run
        try:
            self.job = submit(
                lambda progress: run(request, CancelOnClose(progress, is_open)),
                session=self.session,
                device=request.device,
            )
        except SparseFoolError as error:
            self.refusal = error

    def collect(self) -> None:
        """Pick up a result that is ready or about to be."""
        if self.job is not None:
            self.job.wait(PATIENCE)
            self._keep_result()

    def cancel(self) -> None:
        """Cancel what runs and ask for nothing; the last result stays."""
        if self.job is not None:
            self._keep_result()
            self.job.cancel()
        self.requested, self.job, self.refusal = None, None, None

    def _keep_result(self) -> None:
        if self.job is not None and self.job.state is JobState.DONE:
            self.completed, self.report, self._kept = self.requested, self.job.result, self.job


def session_runs(key: str, run: Callable[[Q, Progress], R]) -> Runs[Q, R]:
    """Return the runs that this session keeps under ``key``; ``run`` answers their requests."""
    runs = cast("Runs[Q, R]", st.session_state.setdefault(key, Runs(run)))
    runs.run = run
    return runs


def attack_runs() -> Runs[AttackRequest, AttackReport]:
    """Return the runs of the Attack page."""
    return session_runs(ATTACK_RUNS, run_attack)


class CancelOnClose:
    """The progress of a run that ends when nobody looks at the page any more."""

    def __init__(self, progress: Progress, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self._progress = progress
        self.report = progress.report

    def check(self) -> None:
        """Return if the run is still requested.

        Raises:
            Cancelled: it is not.
        """
        self._progress.check()
        if not self._is_open():
            raise Cancelled("The page that asked for this run was closed.")
