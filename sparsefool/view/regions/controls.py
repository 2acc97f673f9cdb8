"""The controls of the tabs about chosen pictures: several networks and pictures, and one attack for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import gallery_picture
from sparsefool.backend.networks import NetworksReport, NetworksRequest, run_networks
from sparsefool.data.pictures import Picture
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.advanced import Advanced, choose_advanced
from sparsefool.view.shared.controls.attack import choose_delta, choose_lambda
from sparsefool.view.shared.controls.network import (
    choose_networks,
    networks_here,
    networks_of,
)
from sparsefool.view.shared.controls.picture import samples, thumbnail_css
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.zoo.specs import find_spec

FIRST_PICTURES = ["1", "2", "3"]
MOST_NETWORKS = 4

CHOICES = ("networks", "pictures")
"""Keys of the choices of networks and pictures."""

(_NETWORKS, _PICTURES), _ALL = CHOICES, "all_pictures"


@dataclass(frozen=True)
class NetworksControls:
    """What the controls ask for; without a request, why there is none."""

    request: NetworksRequest | None = None
    problem: str = ""


def networks_runs() -> Runs[NetworksRequest, NetworksReport]:
    """Return the runs of the Regions page, which the user starts; what is finished is collected."""
    runs = session_runs("networks_runs", run_networks, alone=True, experiment=True)
    runs.collect()
    return runs


def draw_networks_controls(dataset: str) -> NetworksControls:
    """Draw the controls in the sidebar and return what they ask for."""
    with st.sidebar:
        models = choose_networks(dataset, _NETWORKS, most=MOST_NETWORKS, first=MOST_NETWORKS)
        numbers = _choose_pictures(dataset)
        lambda_, delta = choose_lambda(dataset), choose_delta()
        advanced = choose_advanced()
    if not models or not numbers:
        return NetworksControls(problem="Choose at least one network and one picture.")
    gallery = samples(dataset, find_spec(models[0]).input_size)
    truths = tuple(gallery.class_names[gallery.labels[number]] for number in numbers)
    try:
        pictures = [[gallery_picture(model, dataset, number) for model in models] for number in numbers]
        runs = attack_requests(models, pictures, lambda_, delta, advanced)
        return NetworksControls(NetworksRequest(runs, truths))
    except SparseFoolError as error:
        return NetworksControls(problem=str(error))


def attack_requests(
    models: Sequence[str],
    pictures: Sequence[Sequence[Picture]],
    lambda_: float,
    delta: float,
    advanced: Advanced,
) -> tuple[tuple[AttackRequest, ...], ...]:
    """Return an attack on each picture for each network.

    Args:
        models: the networks.
        pictures: each as each of the networks takes it.
        lambda_, delta, advanced: of all attacks.

    Raises:
        ParameterError: a value is out of its range.
    """
    limits = advanced.max_iter, advanced.candidates
    return tuple(
        tuple(
            AttackRequest(model, picture, lambda_, delta, *limits, device=advanced.device)
            for model, picture in zip(models, row, strict=True)
        )
        for row in pictures
    )


def _choose_pictures(dataset: str) -> list[int]:
    size = networks_of(dataset)[0].input_size
    numbers = [str(number) for number in range(1, len(samples(dataset, size).pictures) + 1)]
    st.html(thumbnail_css(dataset, size, _PICTURES))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("Pictures")
        st.button("All", key=_ALL, type="tertiary", on_click=_take_all, args=(numbers,))
    chosen: list[str] = st.pills(
        "Pictures",
        numbers,
        default=FIRST_PICTURES,
        selection_mode="multi",
        key=_PICTURES,
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return sorted(int(number) - 1 for number in chosen)


def start_over(dataset: str) -> Mapping[str, object]:
    """Return the networks and pictures selected at first for a new data set."""
    return {_NETWORKS: networks_here(dataset)[:MOST_NETWORKS], _PICTURES: FIRST_PICTURES}


def _take_all(numbers: list[str]) -> None:
    st.session_state[_PICTURES] = numbers
