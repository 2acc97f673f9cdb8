"""One picture, one network: which few pixels fool it, and how the attack found them."""

import streamlit as st

from sparsefool.view.attack.finding import setting_in_words
from sparsefool.view.attack.kept_runs.history import run_history
from sparsefool.view.attack.kept_runs.pinned import show_pinned
from sparsefool.view.attack.kept_runs.strip import answer_strip, show_runs
from sparsefool.view.attack.live import show_live
from sparsefool.view.attack.origin import show_origin
from sparsefool.view.attack.overview import show_overview
from sparsefool.view.attack.steering import show_notes, show_outcome, show_status_line, steering_bar
from sparsefool.view.attack.stuck import apply_found_lambda, follow_search, show_cut_short
from sparsefool.view.attack.tabs.downloads import show_downloads
from sparsefool.view.attack.tabs.parts_panel import outlined_parts, show_outlined
from sparsefool.view.attack.tabs.pixel_map import show_pixel_map
from sparsefool.view.attack.tabs.region_panel import show_region_panel
from sparsefool.view.attack.tabs.trajectory import show_trajectory
from sparsefool.view.shared.controls.attack import draw_attack_controls, show_no_picture
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.runs import attack_runs

with page_frame():
    runs, history = attack_runs(), run_history()
    apply_found_lambda()
    answer_strip(history, runs)
    bar = steering_bar()
    with st.sidebar:
        controls = draw_attack_controls(steering=bar.controls)
    report, search = None, None
    if controls.image is None or controls.request is None:
        runs.cancel()
        show_no_picture(controls.problem)
    else:
        known = history.find(controls.request)
        if known is not None and controls.request != runs.requested:
            runs.adopt(controls.request, known.report)
        runs.submit(controls.request)
        search = follow_search(controls.request, runs)
        report = runs.report_on(controls.request)
        if report and runs.current:
            history.note(report, controls.image, controls.region)
        show_outcome(bar, runs, report, controls.image)
        show_status_line(bar, runs, search, history, controls.image)
        with st.container(key="result"):
            if runs.running:
                show_live(runs, outlined_parts(controls.image, controls.request.model))
            elif report:
                show_overview(report, outlined_parts(controls.image, report.request.model))
            if runs.running or report:
                show_outlined(controls.image, controls.request.model)
        if report and runs.current:
            show_origin(report, runs)
            show_notes(report, search)
        elif not runs.running:
            show_cut_short(runs, search)
    if history.runs:
        show_runs(history)
        show_pinned(history)
    if report and controls.image:
        image, region = controls.image, controls.region
        if not runs.current:
            st.caption(f"Below: the earlier run, {setting_in_words(report.request)}.")
        show_tabs(
            "view",
            {
                "Trajectory": lambda: show_trajectory(report),
                "Pixels": lambda: show_pixel_map(report),
                "Region": lambda: show_region_panel(report, image, region),
                "Download and reproduce": lambda: show_downloads(report, image.sample),
            },
        )
