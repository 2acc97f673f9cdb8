"""Where the perturbations fall: on many measured images, and on chosen ones with several networks."""

from collections.abc import Callable

import streamlit as st

from sparsefool.backend.networks import NetworksReport
from sparsefool.view.regions.classes import show_classes
from sparsefool.view.regions.controls import NetworksControls, draw_networks_controls
from sparsefool.view.regions.networks import networks_runs, show_networks
from sparsefool.view.regions.report import networks_html
from sparsefool.view.regions.where import show_where
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.status import earlier_result, result_container, show_status


def show_live(controls: NetworksControls, draw: Callable[[NetworksReport], None]) -> None:
    """Draw what becomes of the chosen pictures, which are attacked at once."""
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


with page_frame("Where the perturbations fall"):
    with st.sidebar:
        controls = draw_networks_controls()
    show_tabs(
        "view",
        {
            "Many images": lambda: show_classes(controls.dataset),
            "Same image, many networks": lambda: show_live(controls, show_networks),
            "Where on the image": lambda: show_live(controls, show_where),
        },
    )
