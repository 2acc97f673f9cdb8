"""The runs of a page in a session: the last request, its job, and the last result."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast, runtime_checkable
from uuid import uuid4

import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.report_store import report_store
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.progress import Progress
from sparsefool.backend.serving.experiment_limits import check_experiments, within_time
from sparsefool.backend.work.devices import device_pool
from sparsefool.backend.work.job import Job, JobState
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.serving.turns import out_of_turn
from sparsefool.view.shared.streamlit_internals.sessions import session_alive

PATIENCE = 0.9
"""Seconds to wait for a job before the page shows it as running: quick results appear without a flicker, and
the earlier result is not redrawn before them. A slider that is moved meanwhile does not have to wait:
Streamlit starts the next run of the page at once."""

ATTACK_RUNS = "runs"
"""Where the session keeps the runs of the Attack page."""


@runtime_checkable
class Request(Protocol):
    """What a page asks for; equal requests have equal results."""

    @property
    def device(self) -> str:
        """``"auto"`` or a device name of torch."""

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about, regardless of the parameters."""


Q = TypeVar("Q", bound=Request)
R = TypeVar("R")


@dataclass
class Runs(Generic[Q, R]):
    """The runs of one page in one session.

    Attributes:
        run: runs a request, on its device's worker.
        recall: returns a finished result of a request, or None; it must be quick.
        alone: whether the worker runs one such run at a time; attacks run side by side.
        experiment: whether a run attacks many pictures: the server may forbid it, and bounds its time.
        key: returns what equal requests of different sessions have in common, which then share a run; by
            default each has a run of its own.
        session: identifies this page of this session to the worker.
        requested: the last request.
        job: its job; None if there is none.
        refusal: why there is no job.
        completed: the request of the last job that ended with a result.
        report: its result.
    """

    run: Callable[[Q, Progress], R]
    recall: Callable[[Q], R | None] = lambda _: None
    key: Callable[[Q], Hashable] = lambda _: None
    alone: bool = False
    experiment: bool = False
    session: str = field(default_factory=lambda: uuid4().hex)
    requested: Q | None = None
    job: Job[R] | None = None
    refusal: SparseFoolError | None = None
    completed: Q | None = None
    report: R | None = None
    _kept: Job[R] | None = field(default=None, init=False, repr=False)

    @property
    def running(self) -> bool:
        """Whether the last request is waiting, running, or has a result that was not collected yet."""
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
        """Return the last result if it has the same subject as ``request``, regardless of the parameters."""
        last = self.completed
        return self.report if last is not None and last.subject == request.subject else None

    def submit(self, request: Q) -> None:
        """Take the known result of ``request``, or start it, unless it is the last; collect what is ready."""
        if request != self.requested:
            known = self.recall(request)
            if known is None:
                self.start(request)
            else:
                self.adopt(request, known)
        self.collect()

    def start(self, request: Q) -> None:
        """Start a request in place of the last one; do nothing while it is already running.

        It runs even where its result is known. If the last one still waits, it takes its place in the queue.
        """
        if self.running and request == self.requested:
            return
        self._keep_result()
        earlier, self.job, self.refusal = self.job, None, None
        self.requested = request
        run = within_time(self.run) if self.experiment else self.run
        try:
            if self.experiment:
                check_experiments()
            self.job = device_pool().submit(
                lambda progress: run(request, progress),
                session=self.session,
                device=request.device,
                alone=self.alone,
                key=self.key(request),
                networks=request.networks,
                is_wanted=session_alive(),
            )
        except SparseFoolError as error:
            self.refusal = error
            if earlier is not None:
                earlier.cancel()

    def adopt(self, request: Q, report: R) -> None:
        """Take the result of a request from elsewhere, as if it had been run here last."""
        self.cancel()
        self.requested, self.completed, self.report = request, request, report

    def collect(self) -> None:
        """Collect a result that is ready or will be within :data:`PATIENCE`."""
        if self.job is not None:
            with out_of_turn():
                self.job.wait(PATIENCE)
            self._keep_result()

    def cancel(self) -> None:
        """Cancel the job and forget the request; the last result stays."""
        if self.job is not None:
            self._keep_result()
            self.job.cancel()
        self.requested, self.job, self.refusal = None, None, None

    def _keep_result(self) -> None:
        if self.job is not None and self.job.state is JobState.DONE:
            self.completed, self.report, self._kept = self.requested, self.job.result, self.job


def session_runs(
    key: str, run: Callable[[Q, Progress], R], *, alone: bool = False, experiment: bool = False
) -> Runs[Q, R]:
    """Return the runs that this session keeps under ``key``.

    Args:
        key: of the session state.
        run: runs their requests.
        alone, experiment: as of :class:`Runs`.
    """
    new = Runs(run, alone=alone, experiment=experiment)
    runs = cast("Runs[Q, R]", st.session_state.setdefault(key, new))
    runs.run = run
    return runs


def attack_runs() -> Runs[AttackRequest, AttackReport]:
    """Return the runs of the Attack page: what is stored is shown, and equal requests share a run."""
    runs = session_runs(ATTACK_RUNS, run_attack)
    runs.recall, runs.key = report_store().find, _shared_key
    return runs


def _shared_key(request: AttackRequest) -> Hashable:
    """Return what makes two requests the same, with the name that the picture has in the result."""
    return request, request.picture.name
