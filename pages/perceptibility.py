"""What δ hides and what λ buys: one picture at every δ, the λ × δ map, and curves over many pictures."""

import streamlit as st

from sparsefool.view.perceptibility.controls import draw_sweep_controls
from sparsefool.view.perceptibility.delta_row import show_delta_row
from sparsefool.view.perceptibility.grid_map import show_grid_map
from sparsefool.view.perceptibility.many_pictures import show_many_pictures
from sparsefool.view.shared.page import page_frame, show_tabs

with page_frame("How visible is the change?"):
    with st.sidebar:
        controls = draw_sweep_controls()
    show_tabs(
        "show",
        {
            "One picture": lambda: show_delta_row(controls),
            "λ × δ map": lambda: show_grid_map(controls),
            "Many pictures": lambda: show_many_pictures(controls),
        },
    )
