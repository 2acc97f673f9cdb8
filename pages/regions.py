"""Where the perturbations fall: on which parts, on several networks, by class, where networks look."""

import streamlit as st

from sparsefool.view.regions.activation.maps import show_activation
from sparsefool.view.regions.classes.by_fooling_class import CHOICES as CLASSES
from sparsefool.view.regions.classes.by_fooling_class import show_classes
from sparsefool.view.regions.controls import CHOICES as PICTURES
from sparsefool.view.regions.controls import start_over
from sparsefool.view.regions.networks.same_image import show_networks
from sparsefool.view.regions.parts.finding import CHOICES as PARTS
from sparsefool.view.regions.parts.finding import show_finding
from sparsefool.view.regions.your_pictures import show_your_pictures
from sparsefool.view.shared.controls.network import choose_dataset
from sparsefool.view.shared.page import page_frame, show_tabs
from sparsefool.view.shared.widgets import keep_values

with page_frame("Where the perturbations fall"):
    with st.sidebar:
        dataset = choose_dataset(start_over)
    keep_values((*PARTS, *CLASSES, *PICTURES))
    show_tabs(
        "view",
        {
            "The finding": lambda: show_finding(dataset),
            "Same image, many networks": lambda: show_networks(dataset),
            "By fooling class": lambda: show_classes(dataset),
            "Where the network looks": lambda: show_activation(dataset),
            "Your pictures": lambda: show_your_pictures(dataset),
        },
    )
