"""The controls of the Regions page: several networks, several pictures, one attack for all of them."""

from dataclasses import dataclass

import streamlit as st

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import default_model, gallery_picture
from sparsefool.backend.networks import NetworksRequest
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.attack import choose_advanced, choose_delta, choose_lambda
from sparsefool.view.shared.controls.network import choose_dataset, is_out_of_reach, model_title
from sparsefool.view.shared.controls.picture import samples, thumbnail_css
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.zoo.specs import MODELS, ModelSpec, find_spec

FIRST_PICTURES = ["1", "2", "3"]
MOST_NETWORKS = 4

_NETWORKS, _PICTURES, _ALL = "networks", "pictures", "all_pictures"


@dataclass(frozen=True)
class NetworksControls:
    """What the controls ask for; without a request, the problem with them.

    Attributes:
        dataset: of the images.
        request: the runs to compare.
        problem: why there is no request.
    """

    dataset: str
    request: NetworksRequest | None = None
    problem: str = ""


def draw_networks_controls(check: AddressCheck) -> NetworksControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset(check, _start_over)
    specs = _choose_networks(dataset)
    numbers = _choose_pictures(dataset)
    lambda_, delta = choose_lambda(check), choose_delta(check)
    max_iter, candidates, device = choose_advanced(check)
    if not specs or not numbers:
        return NetworksControls(dataset, problem="Choose at least one network and one picture.")
    found = samples(dataset, specs[0].input_size)
    truths = tuple(found.class_names[found.labels[number]] for number in numbers)
    try:
        runs = tuple(
            tuple(
                AttackRequest(
                    spec.name,
                    gallery_picture(spec.name, dataset, number),
                    lambda_,
                    delta,
                    max_iter,
                    candidates,
                    device=device,
                )
                for spec in specs
            )
            for number in numbers
        )
        return NetworksControls(dataset, NetworksRequest(runs, truths))
    except SparseFoolError as error:
        return NetworksControls(dataset, problem=str(error))


def _choose_networks(dataset: str) -> list[ModelSpec]:
    specs = _networks(dataset)
    chosen: list[ModelSpec] = st.multiselect(
        "Networks",
        specs,
        default=_ready(dataset),
        format_func=model_title,
        key=_NETWORKS,
        bind="query-params",
        max_selections=MOST_NETWORKS,
    )
    return chosen


def _choose_pictures(dataset: str) -> list[int]:
    found = samples(dataset, _networks(dataset)[0].input_size)
    numbers = [str(number) for number in range(1, len(found.pictures) + 1)]
    st.html(thumbnail_css(dataset, _networks(dataset)[0].input_size, _PICTURES))
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


def _networks(dataset: str) -> list[ModelSpec]:
    return sorted((spec for spec in MODELS if spec.dataset == dataset), key=is_out_of_reach)


def _ready(dataset: str) -> list[ModelSpec]:
    return [spec for spec in _networks(dataset) if not is_out_of_reach(spec)][:MOST_NETWORKS]


def _start_over() -> None:
    """Begin a new data set with its own networks and first pictures."""
    dataset = st.session_state.get("data") or find_spec(default_model()).dataset
    st.session_state.update({_NETWORKS: _ready(dataset), _PICTURES: FIRST_PICTURES})


def _take_all(numbers: list[str]) -> None:
    st.session_state[_PICTURES] = numbers
