"""What δ hides and what λ buys: one picture over δ, the map of λ x δ, and the curves over many pictures."""

import streamlit as st

from sparsefool.view.perceptibility.controls import draw_sweep_controls
from sparsefool.view.perceptibility.delta_row import show_delta_row
from sparsefool.view.perceptibility.grid_map import show_grid_map
from sparsefool.view.perceptibility.many_pictures import show_sweep_set
from sparsefool.view.shared.page import enter_through_app
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.status import STYLE

enter_through_app()
st.html(STYLE)
check = AddressCheck()
notices = st.container()
with st.sidebar:
    st.title("Perceptibility", anchor=False)
    controls = draw_sweep_controls(check)
tabs = st.tabs(["One picture", "λ × δ map", "Many pictures"], key="show", bind="query-params")
for tab, show in zip(tabs, (show_delta_row, show_grid_map, show_sweep_set), strict=True):
    if tab.open:
        with tab:
            show(controls, check)
with notices:
    for notice in check.notices(controls):
        st.warning(notice)
