"""Where the perturbations fall: the same images on several networks, and where each network looks."""

import streamlit as st

from sparsefool.view.regions.classes import show_classes
from sparsefool.view.regions.controls import draw_networks_controls
from sparsefool.view.regions.networks import networks_runs, show_networks
from sparsefool.view.regions.report import networks_html
from sparsefool.view.regions.where import show_where
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.status import earlier_result, result_container, show_status

with page_frame("Where the perturbations fall"):
    runs = networks_runs()
    above = st.container()
    with st.sidebar:
        controls = draw_networks_controls()
    if controls.request is None:
        runs.cancel()
        st.info(controls.problem, title="Nothing to compare yet")
    else:
        runs.submit(controls.request)
        with above:
            show_status(runs, earlier_result(runs, "with other pictures, networks or parameters"))
        report = runs.report
        if report:
            with result_container(runs.current):
                show_tabs(
                    "view",
                    {
                        "Same image, many networks": lambda: show_networks(report),
                        "Where on the image": lambda: show_where(report),
                        "Which class draws what": lambda: show_classes(controls.dataset),
                    },
                )
                offer_report(lambda: networks_html(report), "regions-report.html")
