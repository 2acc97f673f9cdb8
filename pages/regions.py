"""Where the perturbations fall: on many measured images, and on chosen ones with several networks."""

import streamlit as st

from sparsefool.view.regions.classes import show_classes
from sparsefool.view.regions.controls import draw_networks_controls
from sparsefool.view.regions.live import show_live
from sparsefool.view.regions.networks import show_networks
from sparsefool.view.regions.where import show_where
from sparsefool.view.shared.page import page_frame, show_tabs

with page_frame("Where the perturbations fall"):
    with st.sidebar:
        controls = draw_networks_controls()
    show_tabs(
        "view",
        {
            "Many images": lambda: show_classes(controls.dataset),
            "Same image, many networks": lambda: show_live(controls, show_networks),
            "Where on the image": lambda: show_live(controls, show_where),
        },
    )
