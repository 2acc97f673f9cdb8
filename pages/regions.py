"""Where the perturbations fall: on many measured images, and on chosen ones with several networks."""

import streamlit as st

from sparsefool.view.regions.classes import show_classes
from sparsefool.view.regions.controls import draw_networks_controls, start_over
from sparsefool.view.regions.live import show_live
from sparsefool.view.regions.networks import show_networks
from sparsefool.view.regions.where import show_where
from sparsefool.view.regions.your_pictures import show_your_pictures
from sparsefool.view.shared.controls.network import choose_dataset
from sparsefool.view.shared.page import page_frame, show_tabs

with page_frame("Where the perturbations fall"):
    with st.sidebar:
        dataset = choose_dataset(start_over)
    show_tabs(
        "view",
        {
            "Many images": lambda: show_classes(draw_networks_controls(dataset).dataset),
            "Same image, many networks": lambda: show_live(draw_networks_controls(dataset), show_networks),
            "Where on the image": lambda: show_live(draw_networks_controls(dataset), show_where),
            "Your pictures": lambda: show_your_pictures(dataset),
        },
    )
