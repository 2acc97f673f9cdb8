"""The status of a run: the button that starts it, its progress, and why it has no result."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sparsefool.backend.attack.report import Step
from sparsefool.backend.attack.shortfall import logits
from sparsefool.backend.serving.experiment_limits import why_no_experiments
from sparsefool.backend.work.job import Job, JobState
from sparsefool.errors import Cancelled, ModelError, QueueFullError, SparseFoolError
from sparsefool.view.shared.runs import Request, Runs
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.streamlit_internals.sessions import fragment_rerunner

if TYPE_CHECKING:
    import pandas as pd

Q = TypeVar("Q", bound=Request)


POLL = 0.15
"""Seconds between updates of the progress."""

SOON = 0.3
"""Seconds until the next update at most, once a run has ended."""

REDRAW = 1.2
"""Seconds between updates of intermediate results."""

UPDATES = 10
"""Updates of the progress per second that a server affords for all of its sessions together."""

DIM = "<style>.st-key-result{opacity:.45;transition:opacity .3s}</style>"


def run_button(
    label: str,
    runs: Runs[Q, Any],
    request: Q | None,
    *,
    done: bool = False,
    then: Callable[[], None] | None = None,
) -> None:
    """Draw the button that runs a request.

    Args:
        label: its text unless ``done``.
        runs: of the page.
        request: what to run; None if the controls do not describe a run.
        done: whether this request already has a result.
        then: called after the run has started.
    """

    def start() -> None:
        if request is not None:
            runs.start(request)
            if then is not None:
                then()

    refusal = why_no_experiments() if runs.experiment else ""
    st.button(
        "Done" if done else label,
        type="secondary" if done else "primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        key="run",
        disabled=bool(refusal) or request is None or done or (runs.running and runs.requested == request),
        help="This result is already here." if done else refusal or None,
        on_click=start,
        width="stretch",
    )


def show_status(runs: Runs[Any, Any], kept: str = "") -> DeltaGenerator:
    """Draw the progress of a run, with a button to cancel it, or why the last request has no result.

    Args:
        runs: of the page.
        kept: a sentence about what is still available in that case.

    Returns:
        The container in which it is drawn, which keeps room for one line even while nothing runs.
    """
    place = st.container(key="status")
    with place:
        if runs.running:
            fragment(_progress, run_every=update_interval(POLL, runs))(runs)
        elif runs.error is not None:
            _ending(runs, runs.error)
            if kept:
                st.caption(kept)
        elif runs.experiment and (refusal := why_no_experiments()):
            st.caption(f":material/block: {refusal}")
    return place


def update_interval(seconds: float, runs: Runs[Any, Any]) -> float:
    """Return the seconds between two updates of a run: more than usual where many people wait.

    Drawing costs a server more than many attacks do: 24 people whose progress was drawn every 0.15 s left a
    laptop little time for the attacks themselves.

    Args:
        seconds: between two updates where few runs are unfinished.
        runs: of the page.
    """
    unfinished = runs.job.unfinished if runs.job else 0
    return seconds * max(1.0, unfinished / (UPDATES * POLL))


def earlier_result(runs: Runs[Any, Any], difference: str) -> str:
    """Return a sentence on how the faded result differs from the last request; empty if none is faded."""
    shown = runs.report is not None and not runs.current
    return f"Faded below: the earlier result, {difference}." if shown else ""


def result_container(current: bool) -> DeltaGenerator:
    """Return the container for a result, faded unless it is ``current``."""
    if not current:
        st.html(DIM)
    return st.container(key="result")


def show_growing(runs: Runs[Any, Any], draw: Callable[["pd.DataFrame"], None]) -> None:
    """Draw the rows of a running experiment so far, with regular updates."""
    fragment(_growing, run_every=update_interval(REDRAW, runs))(runs, draw)


def _progress(runs: Runs[Any, Any]) -> None:
    job = runs.job
    if job is None or job.finished:
        st.rerun()
    job.when_finished(fragment_rerunner(min(update_interval(POLL, runs), SOON)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(job.status.fraction, _text(job))
        st.button("Cancel", icon=":material/stop_circle:", key="cancel", on_click=job.cancel)


def are_steps(payload: object) -> TypeGuard[tuple[Step, ...]]:
    """Return whether an intermediate result is the steps of an attack so far."""
    return isinstance(payload, tuple) and len(payload) > 0 and isinstance(payload[-1], Step)


def _text(job: Job[Any]) -> str:
    if job.state is JobState.WAITING:
        return f"Waiting: number {job.position} in the queue, about {max(job.expected_wait, 1):.0f} s"
    status = job.status
    steps = status.payload
    margin = f" · margin {logits(steps[-1].margin)}" if are_steps(steps) else ""
    return f"{status.text or 'Starting'}{margin} · {job.seconds:.0f} s"


def _growing(runs: Runs[Any, Any], draw: Callable[["pd.DataFrame"], None]) -> None:
    rows: Any = runs.job.status.payload if runs.job else None
    if rows is None or rows.empty:
        st.caption("The first rows appear after the first batch of images.")
    else:
        draw(rows)


def _ending(runs: Runs[Any, Any], error: BaseException) -> None:
    if isinstance(error, QueueFullError):
        st.warning(str(error), title="The queue is full", icon=":material/hourglass_disabled:")
    elif isinstance(error, Cancelled):
        st.info(f"{error}{_reached(runs.job)}", title="Cancelled", icon=":material/stop_circle:")
    elif isinstance(error, ModelError):
        st.error(str(error), title="This network is not available")
    elif isinstance(error, SparseFoolError):
        st.warning(str(error), title="This cannot be run")
    else:
        name = type(error).__name__
        st.error(f"An unexpected {name} ended the run; see the server's log.", title="The run failed")
    st.button("Run again", icon=":material/replay:", key="again", on_click=runs.start, args=(runs.requested,))


def _reached(job: Job[Any] | None) -> str:
    if job is None or not job.status.done:
        return ""
    text = job.status.text
    return f" It had reached {text[0].lower()}{text[1:]}."
