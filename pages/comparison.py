"""The paper's attacks and later ones, side by side on the same images."""

from collections.abc import Callable

import streamlit as st

from sparsefool.view.comparison.controls import draw_comparison_controls
from sparsefool.view.comparison.paper import show_paper_and_here
from sparsefool.view.comparison.results import (
    find_comparison,
    offer_run,
    paper_tables,
    show_each_image,
    show_files,
    show_no_result,
    show_rows,
    show_summary,
)
from sparsefool.view.shared.controls.measured_images import point_to_sets, say_not_here
from sparsefool.view.shared.controls.network import dataset_title
from sparsefool.view.shared.experiments import BATCHES_ARE_KEPT, StoredResult, experiment_runs
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.status import show_growing, show_status

with page_frame():
    runs = experiment_runs("comparison_runs")
    with st.sidebar:
        controls = draw_comparison_controls()
        stored = find_comparison(controls)
        offer_run(controls, runs, stored)
        if controls.problem:
            st.warning(controls.problem, title="This cannot be run")
    subject = controls.chosen.title if controls.chosen else dataset_title(controls.dataset)
    st.header(f"Attacks side by side on {subject}", anchor=False)
    show_status(runs, BATCHES_ARE_KEPT)
    growing = runs.running and runs.requested == controls.request

    def show_results() -> None:
        """Draw the chart and the table, which grow while the comparison runs."""
        if growing:
            show_growing(runs, lambda rows: show_rows(rows, controls.dataset, "growing_chart"))
        elif stored:
            show_summary(stored, controls.dataset, controls.request.experiment if controls.request else None)
        else:
            show_no_result(controls)

    def if_stored(draw: Callable[[StoredResult], object]) -> Callable[[], object]:
        """Return what draws a tab of the stored result, or that there is none."""
        return lambda: draw(stored) if stored else show_no_result(controls)

    def show_paper() -> None:
        """Draw the paper's figures beside those here, on the chosen pictures of the data set if there are."""
        if controls.chosen:
            say_not_here(controls.chosen)
        else:
            point_to_sets()
        show_paper_and_here(paper_tables(controls.chosen))

    show_tabs(
        "section",
        {
            "Results": show_results,
            "Image by image": if_stored(lambda result: show_each_image(result, controls.chosen)),
            "Paper and here": show_paper,
            "Download and reproduce": if_stored(show_files),
        },
    )
