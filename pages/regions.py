"""Where the perturbations fall: the same images on many networks, and the parts that these look at."""

import streamlit as st

from sparsefool.view.address import AddressCheck
from sparsefool.view.class_panel import show_classes
from sparsefool.view.download_buttons import offer_report
from sparsefool.view.html_report import networks_html
from sparsefool.view.networks_controls import draw_networks_controls
from sparsefool.view.networks_panel import networks_runs, show_networks
from sparsefool.view.progress_panel import STYLE, earlier_result, result_container, show_status
from sparsefool.view.startup import enter_through_app
from sparsefool.view.where_panel import show_where

enter_through_app()
st.html(STYLE)
check = AddressCheck()
runs = networks_runs()
st.header("Where the perturbations fall", anchor=False)
notices, status = st.container(), st.container(key="status")
with st.sidebar:
    st.title("SparseFool Explorer", anchor=False)
    controls = draw_networks_controls(check)

if controls.request is None:
    runs.drop()
    st.info(controls.problem, title="Nothing to compare yet")
else:
    runs.follow(controls.request)
    with status:
        show_status(runs, earlier_result(runs, "with other pictures, networks or parameters"))
    if runs.report:
        with result_container(runs.current):
            same, where, classes = st.tabs(
                ["Same image, many networks", "Where on the image", "Which class draws what"],
                key="view",
                bind="query-params",
            )
            offer_report(lambda: networks_html(runs.report), "regions-report.html")
            if same.open:
                with same:
                    show_networks(runs.report)
            if where.open:
                with where:
                    show_where(runs.report, check)
            if classes.open:
                with classes:
                    show_classes(controls.dataset, check)
with notices:
    for notice in check.notices(controls.request):
        st.warning(notice)
