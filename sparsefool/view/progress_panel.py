"""What the page shows while a run waits or computes, and how it ended if there is no result."""

from typing import Any, TypeGuard

import streamlit as st

from sparsefool.backend.attack_reports import AttackReport, Step
from sparsefool.backend.attack_requests import AttackRequest
from sparsefool.backend.jobs import Job, JobState
from sparsefool.errors import ModelError, SparseFoolError
from sparsefool.view.controls import Controls
from sparsefool.view.overview import show_search
from sparsefool.view.pictures import to_picture
from sparsefool.view.runs import Runs

POLL = 0.3
"""Seconds between two looks at a job."""

REDRAW = 1.2
"""Seconds between two looks at its pictures."""

STYLE = "<style>.st-key-status{min-height:3rem;justify-content:center}</style>"
DIM = "<style>.st-key-result{opacity:.45;transition:opacity .3s}</style>"


def watch(runs: Runs[Any, Any]) -> None:
    """Draw the progress of the run that is going on, and rerun the page when it ends."""
    st.fragment(_progress, run_every=POLL)(runs)


def show_live(runs: Runs[AttackRequest, AttackReport]) -> None:
    """Draw the pictures of the attack that is going on as they are now."""
    st.fragment(_live, run_every=REDRAW)(runs)


def show_nothing_to_do(controls: Controls) -> None:
    """Say why nothing runs: the controls do not add up to a run yet."""
    if controls.problem:
        st.error(controls.problem, title="This cannot be used")
    else:
        st.info("Choose a file or take a picture; the attack then starts by itself.", title="No picture yet")


def _progress(runs: Runs[Any, Any]) -> None:
    job = runs.job
    if job is None or job.finished:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(job.status.fraction, _text(job))
        st.button("Cancel", icon=":material/stop_circle:", key="cancel", on_click=job.cancel)


def _live(runs: Runs[AttackRequest, AttackReport]) -> None:
    if runs.job is None or runs.wanted is None:
        return
    original, steps = runs.wanted.picture, runs.job.status.payload
    show_search(original, to_picture(steps[-1].image, "so far") if _are_steps(steps) else original)


def _are_steps(payload: object) -> TypeGuard[tuple[Step, ...]]:
    return isinstance(payload, tuple) and len(payload) > 0


def _text(job: Job[Any]) -> str:
    if job.state is JobState.WAITING:
        return f"Waiting: place {job.position} in the queue"
    status = job.status
    steps = status.payload
    margin = f" · margin {steps[-1].margin:.2f} logits" if _are_steps(steps) else ""
    return f"{status.text or 'Starting'}{margin} · {job.seconds:.0f} s"


def show_ending(runs: Runs[Any, Any], earlier: str = "") -> None:
    """Say why there is no result for the last request, what is shown instead, and offer to try again.

    Args:
        runs: of the page.
        earlier: what the earlier result is that is shown, faded; empty if none is.
    """
    job = runs.job
    if runs.refusal:
        st.warning(runs.refusal, title="The queue is full", icon=":material/hourglass_disabled:")
    elif job is not None and job.state is JobState.CANCELLED:
        text = job.status.text
        at = f" It had reached {text[0].lower()}{text[1:]}." if job.status.done else ""
        st.info(f"{job.error}{at}", title="Cancelled", icon=":material/stop_circle:")
    elif job is not None and isinstance(job.error, ModelError):
        st.error(str(job.error), title="This network is not available")
    elif job is not None and isinstance(job.error, SparseFoolError):
        st.warning(str(job.error), title="This cannot be run")
    elif job is not None:
        name = type(job.error).__name__
        st.error(f"An unexpected {name} ended the run; the server's log says more.", title="The run failed")
    st.button("Run again", icon=":material/replay:", key="again", on_click=runs.drop)
    if earlier:
        st.caption(f"Faded below: the earlier result, {earlier}.")


def settings(report: AttackReport) -> str:
    """Say with which λ and δ a result was made."""
    return f"with λ = {report.request.lambda_:g} and δ = {report.request.delta:g}"
