"""The controls of the Comparison page, all bound to query parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from sparsefool.backend.comparison import comparison_request
from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.photographs import Pictures
from sparsefool.data.picture_sets import PictureSet
from sparsefool.data.specs import find_dataset
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper.comparison import compared_attacks
from sparsefool.view.shared.controls.measured_images import choose_images
from sparsefool.view.shared.controls.network import (
    choose_dataset,
    choose_device_name,
    choose_networks,
    networks_here,
)
from sparsefool.view.shared.widgets import choose_pills, number_input


@dataclass(frozen=True)
class ComparisonControls:
    """What the controls ask for; without a request, why there is none.

    Attributes:
        dataset: whose networks.
        request: for the comparison.
        problem: why there is no request.
        chosen: the pictures that it is about, if not the test images.
    """

    dataset: str
    request: ExperimentRequest | None
    problem: str = ""
    chosen: PictureSet | None = None


def draw_comparison_controls() -> ComparisonControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset(_start_over)
    models = choose_networks(dataset, "models")
    attacks = _choose_attacks(dataset)
    chosen = choose_images(dataset)
    pictures = chosen.pictures if chosen else None
    images = _choose_count(dataset, pictures)
    device = "auto"
    if chosen is None:
        with st.expander("Advanced", icon=":material/tune:"):
            device = choose_device_name()
    request, problem = None, ""
    try:
        request = comparison_request(dataset, models, attacks, images, device, pictures)
    except SparseFoolError as error:
        problem = str(error)
    return ComparisonControls(dataset, request, problem, chosen)


def _start_over(dataset: str) -> Mapping[str, object]:
    """Return the networks, attacks and number of images selected at first for a new data set."""
    return {
        "models": networks_here(dataset),
        "attacks": list(compared_attacks(dataset)),
        "images": find_dataset(dataset).test_images,
        "image": 0,
    }


def _choose_attacks(dataset: str) -> tuple[str, ...]:
    limits = compared_attacks(dataset)
    chosen = choose_pills(
        "Attacks",
        list(limits),
        "attacks",
        default=list(limits),
        help="Random noise takes its size from SparseFool, so it needs SparseFool beside it.",
    )
    return tuple(title for title in limits if title in chosen)


def _choose_count(dataset: str, pictures: Pictures | None) -> int:
    limits = compared_attacks(dataset, pictures)
    most = max(limits.values())
    title, key = ("Test images", "images") if pictures is None else ("Pictures", "count")
    images: int = number_input(title, 1, most, most, key, step=10 if most > 20 else 1)
    costly: dict[int, list[str]] = {}
    for title, limit in limits.items():
        if limit < most:
            costly.setdefault(limit, []).append(title.replace(", ", " "))
    if costly:
        groups = [f"at most {limit} for {', '.join(titles)}" for limit, titles in sorted(costly.items())]
        st.caption(f"Costly attacks run on fewer images: {'; '.join(groups)}.")
    return images
