"""Sweeps of one picture on the page: stored ones at once, others as they are computed."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from sparsefool.backend.sweeps.points import stored_sweep
from sparsefool.backend.sweeps.request import SweepPoint, SweepReport, SweepRequest
from sparsefool.backend.sweeps.run import run_sweep
from sparsefool.errors import SparseFoolError
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.shared.controls.attack import show_no_picture
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.status import result_container, show_status, update_interval
from sparsefool.view.shared.wording import day, device_words

REFRESH = 0.5
"""Seconds between updates of the pictures that are done so far."""

SweepRuns = Runs[SweepRequest, SweepReport]


def show_sweep(
    key: str,
    controls: SweepControls,
    lambdas: Sequence[float],
    deltas: Sequence[float],
    unfinished: Callable[[SweepRequest, Sequence[SweepPoint]], None],
    finished: Callable[[SweepReport], None],
) -> None:
    """Draw the chosen picture with every λ and δ: what is stored at once, anything else as it is computed.

    Args:
        key: of the session's runs.
        controls: what is chosen; why it cannot be run is drawn in its place.
        lambdas, deltas: whose pairs are tried.
        unfinished: draws the points so far of a request that is being computed.
        finished: draws a report.
    """
    if controls.image is None:
        show_no_picture(controls.problem)
        return
    try:
        request = controls.request(lambdas, deltas)
    except SparseFoolError as error:
        st.error(str(error), title="This cannot be run")
        return
    runs = _sweep_runs(key, request)
    show_status(runs)
    report = runs.report_on(request)
    if runs.running:
        fragment(_draw_finished, run_every=update_interval(REFRESH, runs))(runs, partial(unfinished, request))
    elif report is not None:
        with result_container(runs.current):
            finished(report)


def _sweep_runs(key: str, request: SweepRequest) -> SweepRuns:
    """Return the session's runs under ``key``, with the request taken from the store, or else started."""
    runs = session_runs(key, run_sweep)
    if request != runs.requested:
        stored = stored_sweep(request)
        if stored is not None:
            runs.adopt(request, stored)
    runs.submit(request)
    return runs


def show_facts(report: SweepReport) -> None:
    """Draw where a report comes from and what it has cost."""
    stored = f"Stored result that comes with the project, computed on {day(report.date)}"
    origin = f"{stored if report.stored else 'Computed just now'} on {device_words(report.device)}."
    with st.expander("Where this comes from", icon=":material/info:"):
        st.markdown(
            f"{origin} {len(report.points)} attacks with λ = "
            f"{', '.join(f'{value:g}' for value in report.request.lambdas)}, which share the first boundary: "
            f"{report.forwards:,} forward and {report.backwards:,} backward passes, {report.seconds:.2g} s. "
            "The pictures are the 8-bit images that the network was given."
        )


def _draw_finished(runs: SweepRuns, draw: Callable[[Sequence[SweepPoint]], None]) -> None:
    payload = runs.job.status.payload if runs.job else None
    draw(payload if isinstance(payload, tuple) else ())
