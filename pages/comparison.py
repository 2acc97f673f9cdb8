"""Every attack of the paper, side by side on the same images."""

import streamlit as st

from sparsefool.view.comparison.controls import draw_comparison_controls
from sparsefool.view.comparison.images import show_images
from sparsefool.view.comparison.paper import show_paper_and_here
from sparsefool.view.comparison.results import (
    OWN,
    choose_source,
    comparison_runs,
    find_comparison,
    offer_run,
    shipped_tables,
    show_files,
    show_no_result,
    show_rows,
    show_summary,
)
from sparsefool.view.shared.controls.network import DATASET_TITLES
from sparsefool.view.shared.experiment_controls import PARTS_ARE_KEPT
from sparsefool.view.shared.page import enter_through_app
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.status import STYLE, show_growing, show_status

enter_through_app()
st.html(STYLE)
check = AddressCheck()
runs = comparison_runs()
with st.sidebar:
    st.title("SparseFool Explorer", anchor=False)
    controls = draw_comparison_controls(check)
    offer_run(controls.request, runs)
    if controls.problem:
        st.warning(controls.problem, title="This cannot be run")

status, notices = st.container(key="status"), st.container()
st.header(f"Attacks side by side on {DATASET_TITLES[controls.dataset]}", anchor=False)
source = choose_source(check)
with status:
    show_status(runs, PARTS_ARE_KEPT)

growing = source == OWN and runs.running and runs.requested == controls.request
stored = None if growing else find_comparison(source, controls.dataset, controls.request)
results, images, paper, files = st.tabs(
    ["Results", "Image by image", "Paper and here", "Download and reproduce"],
    key="section",
    bind="query-params",
)
if results.open:
    with results:
        if growing:
            show_growing(runs, lambda rows: show_rows(rows, "growing_chart"))
        elif stored:
            show_summary(stored, check)
        else:
            show_no_result(source, controls.dataset)
if images.open:
    with images:
        if stored:
            show_images(stored.table.rows, check)
        else:
            show_no_result(source, controls.dataset)
if paper.open:
    with paper:
        show_paper_and_here(shipped_tables())
if files.open:
    with files:
        if stored:
            show_files(stored)
        else:
            show_no_result(source, controls.dataset)
with notices:
    for notice in check.notices(controls):
        st.warning(notice)
