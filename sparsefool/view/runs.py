"""The runs of one page in one session: what was asked for last, its job, and the last result there is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast, runtime_checkable
from uuid import uuid4

import streamlit as st

from sparsefool.backend.attack_reports import AttackReport
from sparsefool.backend.attack_requests import AttackRequest
from sparsefool.backend.attack_runs import run_attack
from sparsefool.backend.jobs import Job, JobState, submit
from sparsefool.backend.progress import Progress
from sparsefool.errors import Cancelled, SparseFoolError
from sparsefool.view.presence import presence

PATIENCE = 0.2
"""Seconds to wait for a job before the page says that it is running: quick results come without a flicker."""

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
Q_co = TypeVar("Q_co", bound=Request, covariant=True)


@runtime_checkable
class Report(Protocol[Q_co]):
    """What a page gets."""

    @property
    def request(self) -> Q_co:
        """What was asked for."""


R = TypeVar("R", bound=Report[Request])


@dataclass
class Runs(Generic[Q, R]):
    """The runs of one page in one session.

    Attributes:
        run: how a request is answered, on its device's worker.
        session: the key under which the worker knows this page of this session.
        wanted: the last request.
        job: its job; None if the queue was full.
        refusal: why there is no job.
        report: the last result, perhaps of an earlier request.
    """

    run: Callable[[Q, Progress], R]
    session: str = field(default_factory=lambda: uuid4().hex)
    wanted: Q | None = None
    job: Job[R] | None = None
    refusal: str = ""
    report: R | None = None

    @property
    def running(self) -> bool:
        """Whether the last request waits or runs."""
        return self.job is not None and not self.job.finished

    @property
    def current(self) -> bool:
        """Whether :attr:`report` is the result of the last request."""
        return self.report is not None and self.report.request == self.wanted

    def report_on(self, request: Q) -> R | None:
        """Return the last result if it is about the same subject as ``request``, whatever the parameters."""
        last = self.report
        return last if last is not None and last.request.subject == request.subject else None

    def follow(self, request: Q) -> None:
        """Make sure that ``request`` is what runs or has run, and pick up a result that is ready."""
        if request != self.wanted:
            self.drop()
            self.wanted = request
            self._submit(request)
        if self.job is not None:
            self.job.wait(PATIENCE)
            if self.job.state is JobState.DONE:
                self.report = self.job.result

    def drop(self) -> None:
        """Cancel what runs and ask for nothing; the last result stays."""
        if self.job is not None:
            self.job.cancel()
        self.wanted, self.job, self.refusal = None, None, ""

    def _submit(self, request: Q) -> None:
        is_open, run = presence(), self.run
        try:
            self.job = submit(
                lambda progress: run(request, Watching(progress, is_open)),
                session=self.session,
                device=request.device,
            )
        except SparseFoolError as error:
            self.refusal = str(error)


def session_runs(key: str, run: Callable[[Q, Progress], R]) -> Runs[Q, R]:
    """Return the runs that this session keeps under ``key``; ``run`` answers their requests."""
    runs = cast("Runs[Q, R]", st.session_state.setdefault(key, Runs(run)))
    runs.run = run
    return runs


def attack_runs() -> Runs[AttackRequest, AttackReport]:
    """Return the runs of the Attack page."""
    return session_runs(ATTACK_RUNS, run_attack)


class Watching:
    """The progress of a run that ends when nobody looks at the page any more."""

    def __init__(self, progress: Progress, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self._progress = progress
        self.report = progress.report

    def check(self) -> None:
        """Return if the run is still wanted.

        Raises:
            Cancelled: it is not.
        """
        self._progress.check()
        if not self._is_open():
            raise Cancelled("The page that asked for this run was closed.")
