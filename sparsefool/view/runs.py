"""The runs of one session: what was asked for last, its job, and the last result there is."""

from collections.abc import Callable
from dataclasses import dataclass, field
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

_KEY = "runs"


@dataclass
class Runs:
    """The runs of one session.

    Attributes:
        session: the key under which the worker knows this session.
        wanted: the last request.
        job: its job; None if the queue was full.
        refusal: why there is no job.
        report: the last result, perhaps of an earlier request.
    """

    session: str = field(default_factory=lambda: uuid4().hex)
    wanted: AttackRequest | None = None
    job: Job[AttackReport] | None = None
    refusal: str = ""
    report: AttackReport | None = None

    @property
    def running(self) -> bool:
        """Whether the last request waits or runs."""
        return self.job is not None and not self.job.finished

    @property
    def current(self) -> bool:
        """Whether :attr:`report` is the result of the last request."""
        return self.report is not None and self.report.request == self.wanted

    def report_on(self, request: AttackRequest) -> AttackReport | None:
        """Return the last result if it is about the picture and network of ``request``, whatever λ and δ."""
        last = self.report and self.report.request
        about = (request.picture_sha256, request.model)
        return self.report if last and (last.picture_sha256, last.model) == about else None

    def follow(self, request: AttackRequest) -> None:
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

    def _submit(self, request: AttackRequest) -> None:
        try:
            self.job = submit(_work(request), session=self.session, device=request.device)
        except SparseFoolError as error:
            self.refusal = str(error)


def session_runs() -> Runs:
    """Return the runs of this session."""
    runs: Runs = st.session_state.setdefault(_KEY, Runs())
    return runs


class _Watching:
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


def _work(request: AttackRequest) -> Callable[[Progress], AttackReport]:
    is_open = presence()
    return lambda progress: run_attack(request, _Watching(progress, is_open))
