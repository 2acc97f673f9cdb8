"""How far perturbations transfer: made for one network, tried on the others (Table 3)."""

import streamlit as st

from sparsefool.view.shared.charts import choose_chart_format
from sparsefool.view.shared.controls.measured_images import say_not_here
from sparsefool.view.shared.experiments import (
    BATCHES_ARE_KEPT,
    experiment_runs,
    show_difference,
    show_exports,
    show_origin,
)
from sparsefool.view.shared.page import page_frame
from sparsefool.view.shared.status import run_button, show_growing, show_status
from sparsefool.view.transfer.controls import draw_transfer_controls, find_transfer, show_no_result
from sparsefool.view.transfer.matrix import choose_correct, show_matrix

with page_frame("Made for one network, tried on the others"):
    runs = experiment_runs("transfer_runs")
    with st.sidebar:
        controls = draw_transfer_controls()
        stored = find_transfer(controls)
        if controls.chosen is None:
            done = stored is not None and stored.experiment == controls.planned
            run_button("Run", runs, controls.request, done=done)
    if controls.problem:
        st.warning(controls.problem, title="This cannot be run")
    show_status(runs, BATCHES_ARE_KEPT)
    if controls.chosen:
        say_not_here(controls.chosen)
    growing = runs.running and runs.requested == controls.request
    correct = choose_correct() if growing or stored else False
    if growing:
        show_growing(runs, lambda rows: show_matrix(rows, correct, "growing"))
    elif stored is None:
        show_no_result(controls)
    else:
        show_difference(stored, controls.planned)
        show_matrix(stored.table.rows, correct, f"stored {stored.name}", controls.chosen)
        show_origin(stored)
        choose_chart_format()
        show_exports(stored)
