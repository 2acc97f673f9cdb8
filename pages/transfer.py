"""How far perturbations transfer: made for one network, tried on the others (Table 3)."""

import streamlit as st

from sparsefool.view.shared.charts import choose_chart_format
from sparsefool.view.shared.controls.network import dataset_title
from sparsefool.view.shared.experiments import (
    BATCHES_ARE_KEPT,
    experiment_runs,
    find_result,
    show_difference,
    show_exports,
    show_origin,
)
from sparsefool.view.shared.page import page_frame
from sparsefool.view.shared.status import run_button, show_growing, show_status
from sparsefool.view.transfer.controls import draw_transfer_controls, usual_transfer
from sparsefool.view.transfer.matrix import choose_correct, show_matrix

with page_frame("Made for one network, tried on the others"):
    runs = experiment_runs("transfer_runs")
    with st.sidebar:
        controls = draw_transfer_controls()
        stored = find_result(controls.planned, usual_transfer(controls.dataset))
        run_button(
            "Run", runs, controls.request, done=stored is not None and stored.experiment == controls.planned
        )
    if controls.problem:
        st.warning(controls.problem, title="This cannot be run")
    show_status(runs, BATCHES_ARE_KEPT)
    correct = choose_correct()
    if runs.running and runs.requested == controls.request:
        show_growing(runs, lambda rows: show_matrix(rows, correct, "growing"))
    elif stored is None:
        st.info(
            f"No transfer result on {dataset_title(controls.dataset)} is stored here. Choose at least two "
            "networks and run it; each finished batch of images is kept.",
            title="No stored result",
        )
    else:
        show_difference(stored, controls.planned)
        show_matrix(stored.table.rows, correct, f"stored {stored.name}")
        show_origin(stored)
        choose_chart_format()
        show_exports(stored)
