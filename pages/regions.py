"""Where the perturbations fall: the same images on many networks, and the parts that these look at."""

import streamlit as st

from sparsefool.view.regions.classes import show_classes
from sparsefool.view.regions.controls import draw_networks_controls
from sparsefool.view.regions.networks import networks_runs, show_networks
from sparsefool.view.regions.report import networks_html
from sparsefool.view.regions.where import show_where
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.page import enter_through_app
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.status import STYLE, earlier_result, result_container, show_status

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
            if same.open:
                with same:
                    show_networks(runs.report)
            if where.open:
                with where:
                    show_where(runs.report, check)
            if not classes.open:
                offer_report(lambda: networks_html(runs.report), "regions-report.html")
            if classes.open:
                with classes:
                    show_classes(controls.dataset, check)
with notices:
    for notice in check.notices(controls.request):
        st.warning(notice)
