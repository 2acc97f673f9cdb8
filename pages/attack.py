"""One picture, one network: which few pixels fool it, and how the attack found them."""

import streamlit as st

from sparsefool.view.attack.downloads import show_downloads
from sparsefool.view.attack.live import settings, show_live
from sparsefool.view.attack.overview import show_overview, show_verdicts
from sparsefool.view.attack.pixel_map import show_pixel_map
from sparsefool.view.attack.region_panel import show_region_panel
from sparsefool.view.attack.trajectory import show_trajectory
from sparsefool.view.shared.controls.attack import draw_controls, show_no_picture
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.runs import attack_runs
from sparsefool.view.shared.status import STYLE, earlier_result, result_container, show_status

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
