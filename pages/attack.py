"""One picture, one network: which few pixels fool it, and how the attack found them."""

import streamlit as st

from sparsefool.view.address import AddressCheck
from sparsefool.view.controls import draw_controls, show_no_picture
from sparsefool.view.downloads import show_downloads
from sparsefool.view.overview import show_overview, show_verdicts
from sparsefool.view.pixel_map import show_pixel_map
from sparsefool.view.progress_panel import (
    STYLE,
    earlier_result,
    result_container,
    settings,
    show_live,
    show_status,
)
from sparsefool.view.region_panel import show_region_panel
from sparsefool.view.runs import attack_runs
from sparsefool.view.trajectory import show_trajectory

st.html(STYLE)
check = AddressCheck()
runs = attack_runs()
status, notices = st.container(key="status"), st.container()
with st.sidebar:
    st.title("SparseFool Explorer", anchor=False)
    controls = draw_controls(check, with_methods=True)

if controls.chosen is None or controls.request is None:
    runs.drop()
    show_no_picture(controls.problem)
else:
    runs.follow(controls.request)
    report = runs.report_on(controls.request)
    with status:
        show_status(runs, earlier_result(runs, settings(report)) if report else "")
        if report and runs.current and not runs.running:
            show_verdicts(report)
    if runs.running and report is None:
        show_live(runs)
    if report:
        with result_container(runs.current):
            show_overview(report, controls.chosen)
            trajectory, pixels, region, files = st.tabs(
                ["Trajectory", "Pixels", "Region", "Download and reproduce"], key="view", bind="query-params"
            )
            if trajectory.open:
                with trajectory:
                    show_trajectory(report, check)
            if pixels.open:
                with pixels:
                    show_pixel_map(report, check)
            if region.open:
                with region:
                    show_region_panel(report, controls.region, check)
            if files.open:
                with files:
                    show_downloads(report, controls.chosen.sample)
with notices:
    for notice in check.notices(controls.request):
        st.warning(notice)
