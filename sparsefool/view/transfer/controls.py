"""The controls of the Transfer page."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.picture_sets import PictureSet
from sparsefool.data.specs import find_dataset
from sparsefool.errors import ParameterError, SparseFoolError
from sparsefool.experiments.paper.defaults import usual_images
from sparsefool.experiments.paper.experiments import paper_transfer
from sparsefool.experiments.transfer import Transfer
from sparsefool.view.shared.controls.attack import (
    LAMBDA,
    PARAMETERS,
    follow_paper_lambda,
    note_lambda_choice,
)
from sparsefool.view.shared.controls.measured_images import choose_images
from sparsefool.view.shared.controls.network import (
    choose_dataset,
    choose_device_name,
    choose_networks,
    dataset_title,
    networks_of,
)
from sparsefool.view.shared.experiments import (
    StoredResult,
    choose_count,
    find_on_most_images,
    find_result,
)
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.widgets import number_input


@dataclass(frozen=True)
class TransferControls:
    """What the controls ask for; without a request, why there is none.

    Attributes:
        dataset: whose networks.
        planned: the transfer.
        request: for it; None also for pictures that are not here.
        problem: why there is no request.
        chosen: the pictures that it is about, if not the test images.
    """

    dataset: str
    planned: Transfer | None
    request: ExperimentRequest | None
    problem: str
    chosen: PictureSet | None


def draw_transfer_controls() -> TransferControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset()
    models = choose_networks(dataset, f"networks_{dataset}")
    chosen = choose_images(dataset)
    pictures = chosen.pictures if chosen else None
    usual = usual_images(find_dataset(dataset), pictures)
    count = choose_count(usual, f"count_{dataset}" if chosen else f"images_{dataset}")
    lambda_ = _number(
        "λ",
        "lambda_",
        LAMBDA,
        follow_paper_lambda(dataset),
        on_change=note_lambda_choice,
        help=explain("lambda"),
    )
    delta = _number("δ, levels", "delta", "delta", 255.0, help=explain("delta"))
    device = "auto" if chosen else choose_device_name()
    try:
        if len(models) < 2:
            return TransferControls(dataset, None, None, _too_few(dataset), chosen)
        planned = paper_transfer(dataset, models, lambda_, delta, count, pictures)
        planned.tasks()  # raises where there are not that many images
    except SparseFoolError as error:
        return TransferControls(dataset, None, None, str(error), chosen)
    request = None if chosen else ExperimentRequest(planned, device)
    return TransferControls(dataset, planned, request, "", chosen)


def _too_few(dataset: str) -> str:
    if len(networks_of(dataset)) > 1:
        return "Choose at least two networks."
    return (
        f"{dataset_title(dataset)} has a single network here, and a transfer needs two. Choose another data "
        "set, or add a network of your own in the sidebar."
    )


def find_transfer(controls: TransferControls) -> StoredResult | None:
    """Return what is stored of the choice, or else of Table 3 between the networks that are here."""
    try:
        usual = paper_transfer(
            controls.dataset, pictures=controls.chosen.pictures if controls.chosen else None
        )
    except ParameterError:  # there are fewer than two networks
        usual = None
    found = find_result(controls.planned, usual)
    if controls.chosen:
        for planned in filter(None, (controls.planned, usual)):
            found = found or find_on_most_images(planned)
    return found


def show_no_result(controls: TransferControls) -> None:
    """Draw that nothing is stored, and what to do; nothing where the choice has a problem, which is told."""
    if controls.problem:
        return
    how = "and run it"
    if controls.chosen:
        command = f"python -m sparsefool experiment transfer {controls.dataset} --data PICTURES"
        how = f"and measure it with `{command}`"
    st.info(
        f"No transfer result on {dataset_title(controls.dataset)} is stored for this choice. Choose others, "
        f"or stay with it {how}; each finished batch of images is kept.",
        title="No stored result",
    )


def _number(title: str, parameter: str, key: str, value: float, **more: Any) -> float:
    limits = PARAMETERS[parameter]
    low, high = float(limits.low), float(limits.high)
    chosen: float = number_input(title, low, high, value, key, format="%g", **more)
    return chosen
