"""One picture, one network: which few pixels fool it, and how the attack found them."""

import streamlit as st

from sparsefool.view.attack.downloads import show_downloads
from sparsefool.view.attack.live import setting_text, show_live
from sparsefool.view.attack.origin import show_origin
from sparsefool.view.attack.overview import show_overview, show_verdicts
from sparsefool.view.attack.pixel_map import show_pixel_map
from sparsefool.view.attack.region_panel import show_region_panel
from sparsefool.view.attack.stuck import apply_found_lambda, follow_search, show_cut_short
from sparsefool.view.attack.trajectory import show_trajectory
from sparsefool.view.shared.controls.attack import draw_attack_controls, show_no_picture
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.runs import attack_runs
from sparsefool.view.shared.status import earlier_result, result_container, show_status

with page_frame():
    runs = attack_runs()
    apply_found_lambda()
    above = st.container()
    with st.sidebar:
        controls = draw_attack_controls(with_methods=True)
    report, search = None, None
    if controls.image is None or controls.request is None:
        runs.cancel()
        show_no_picture(controls.problem)
    else:
        runs.submit(controls.request)
        search = follow_search(controls.request, runs)
        report = runs.report_on(controls.request)
        active = search if search.running or search.error else runs
        with above, show_status(active, earlier_result(runs, setting_text(report)) if report else ""):
            if report and runs.current and not active.running:
                show_verdicts(report)
                show_origin(report, runs)
        if not runs.current:
            with above:
                show_cut_short(runs, search)
        if report is None and runs.running:
            show_live(runs)
    if report and controls.image:
        image, region = controls.image, controls.region
        with result_container(runs.current):
            show_overview(report, image, search if runs.current else None)
            show_tabs(
                "view",
                {
                    "Trajectory": lambda: show_trajectory(report),
                    "Pixels": lambda: show_pixel_map(report),
                    "Region": lambda: show_region_panel(report, region),
                    "Download and reproduce": lambda: show_downloads(report, image.sample),
                },
            )
