"""How far perturbations transfer: made for one network, tried on the others (Table 3)."""

import streamlit as st

from sparsefool.view.shared.charts import choose_chart_format
from sparsefool.view.shared.controls.network import DATASET_TITLES
from sparsefool.view.shared.experiment_controls import PARTS_ARE_KEPT, experiment_runs, offer_run
from sparsefool.view.shared.page import enter_through_app
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.status import STYLE, show_growing, show_status
from sparsefool.view.shared.stored_results import find_result, show_exports, show_origin
from sparsefool.view.transfer.controls import draw_transfer_controls
from sparsefool.view.transfer.matrix import choose_measure, show_matrix

enter_through_app()
st.html(STYLE)
check = AddressCheck()
notices = st.container()
runs = experiment_runs("transfer_runs")
with st.sidebar:
    st.title("Transfer", anchor=False)
    controls = draw_transfer_controls(check)
    stored = find_result(controls.planned, f"transfer-{controls.dataset}")
    offer_run(runs, controls.request, stored is not None and not stored.shipped)
st.header("Made for one network, tried on the others", anchor=False)
if controls.problem:
    st.warning(controls.problem, title="This cannot be run")
with st.container(key="status"):
    show_status(runs, PARTS_ARE_KEPT)
over, rounded = choose_measure(check)
if runs.running and runs.requested == controls.request:
    show_growing(runs, lambda rows: show_matrix(rows, over, rounded, "growing"))
elif stored is None:
    st.info(
        f"No transfer on {DATASET_TITLES[controls.dataset]} is stored here. It takes two networks or more: "
        "choose them and run it; each finished batch of images is kept.",
        title="No stored result",
    )
else:
    show_origin(stored)
    show_matrix(stored.table.rows, over, rounded, f"stored {stored.path.name}")
    choose_chart_format(check)
    show_exports(stored)
with notices:
    for notice in check.notices(controls):
        st.warning(notice)
