"""Longer work of one page in one session: what was asked for last, its job, and the last result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

import streamlit as st

from sparsefool.backend.jobs import Job, JobState, submit
from sparsefool.backend.progress import Progress
from sparsefool.errors import SparseFoolError
from sparsefool.view.presence import presence
from sparsefool.view.runs import PATIENCE, Watching

Q = TypeVar("Q")
R = TypeVar("R")

POLL = 0.4
"""Seconds between two looks at a job."""

STYLE = (
    "<style>[class*=st-key-faded]{opacity:.45;transition:opacity .3s}"
    "[class*=st-key-status]{min-height:2.6rem;justify-content:center}</style>"
)


@dataclass
class Background(Generic[Q, R]):
    """The work of one page in one session.

    Attributes:
        key: of the widgets that belong to it.
        run: how a request is answered, on its device's worker.
        kept: what to say of a run that was cancelled.
        session: the key under which the worker knows it.
        wanted: the last request.
        job: its job; None if the queue was full.
        refusal: why there is no job.
        request, result: of the last job that ended with a result.
    """

    key: str
    run: Callable[[Q, Progress], R]
    kept: str = ""
    session: str = field(default_factory=lambda: uuid4().hex)
    wanted: Q | None = None
    job: Job[R] | None = None
    refusal: str = ""
    request: Q | None = None
    result: R | None = None

    @property
    def running(self) -> bool:
        """Whether the last request waits or runs."""
        return self.job is not None and not self.job.finished

    @property
    def current(self) -> bool:
        """Whether :attr:`result` is that of the last request."""
        return self.result is not None and self.request == self.wanted

    def follow(self, request: Q, device: str) -> None:
        """Make sure that ``request`` is what runs or has run, and pick up a result that is ready."""
        if request != self.wanted:
            self.start(request, device)
        self.collect()

    def start(self, request: Q, device: str) -> None:
        """Run a request; it takes the place of the last one."""
        self.drop()
        self.wanted = request
        is_open, run = presence(), self.run
        try:
            self.job = submit(
                lambda progress: run(request, Watching(progress, is_open)),
                session=self.session,
                device=device,
            )
        except SparseFoolError as error:
            self.refusal = str(error)

    def collect(self) -> None:
        """Pick up a result that is ready."""
        if self.job is not None:
            self.job.wait(PATIENCE)
            if self.job.state is JobState.DONE:
                self.request, self.result = self.wanted, self.job.result

    def drop(self) -> None:
        """Cancel what runs and ask for nothing; the last result stays."""
        if self.job is not None:
            self.job.cancel()
        self.wanted, self.job, self.refusal = None, None, ""


def session_work(key: str, run: Callable[[Q, Progress], R], kept: str = "") -> Background[Q, R]:
    """Return the work that this session keeps under ``key``; ``run`` answers its requests."""
    work = cast("Background[Q, R]", st.session_state.setdefault(f"work_{key}", Background(key, run, kept)))
    work.run = run
    return work


def show_status(work: Background[Any, Any]) -> None:
    """Draw the progress of what runs, with a button to cancel it, or how the last run ended otherwise."""
    if work.running:
        st.fragment(_progress, run_every=POLL)(work)
    elif work.wanted is not None and not work.current:
        _ending(work)


def _progress(work: Background[Any, Any]) -> None:
    job = work.job
    if job is None or job.finished:
        st.rerun()
    waiting = f"Waiting: place {job.position} in the queue"
    text = waiting if job.state is JobState.WAITING else job.status.text or "Starting"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(job.status.fraction, f"{text} · {job.seconds:.0f} s")
        st.button("Cancel", icon=":material/stop_circle:", key=f"cancel_{work.key}", on_click=job.cancel)


def _ending(work: Background[Any, Any]) -> None:
    job, error = work.job, work.job.error if work.job else None
    if work.refusal:
        st.warning(work.refusal, title="The queue is full", icon=":material/hourglass_disabled:")
    elif job is not None and job.state is JobState.CANCELLED:
        st.info(f"{error} {work.kept}", title="Cancelled", icon=":material/stop_circle:")
    elif isinstance(error, SparseFoolError):
        st.warning(str(error), title="This cannot be run")
    else:
        name = type(error).__name__
        st.error(f"An unexpected {name} ended the run; the server's log says more.", title="The run failed")
    st.button("Run again", icon=":material/replay:", key=f"again_{work.key}", on_click=work.drop)
