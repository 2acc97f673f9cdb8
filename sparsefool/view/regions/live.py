"""The chosen pictures and networks, which are attacked at once."""

from collections.abc import Callable

import streamlit as st

from sparsefool.backend.networks import NetworksReport, NetworksRequest, run_networks
from sparsefool.view.regions.controls import NetworksControls
from sparsefool.view.regions.report import networks_html
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.status import earlier_result, result_container, show_status


def networks_runs() -> Runs[NetworksRequest, NetworksReport]:
    """Return the runs of the Regions page."""
    return session_runs("networks_runs", run_networks, alone=True)


def show_live(controls: NetworksControls, draw: Callable[[NetworksReport], None]) -> None:
    """Draw what becomes of the chosen pictures.

    Args:
        controls: what was chosen.
        draw: draws a result; an earlier one stays until the next is ready.
    """
    runs = networks_runs()
    if controls.request is None:
        runs.cancel()
        st.info(controls.problem, title="Nothing to compare yet")
        return
    runs.submit(controls.request)
    show_status(runs, earlier_result(runs, "with other pictures, networks or parameters"))
    report = runs.report
    if report:
        with result_container(runs.current):
            draw(report)
            offer_report(lambda: networks_html(report), "regions-report.html")
