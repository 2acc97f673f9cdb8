"""The controls of the Transfer page."""

from dataclasses import dataclass
from typing import Any

from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.specs import find_dataset
from sparsefool.errors import ParameterError, SparseFoolError
from sparsefool.experiments.paper import paper_transfer
from sparsefool.experiments.transfer import Transfer
from sparsefool.view.shared.controls.attack import (
    LAMBDA,
    PARAMETERS,
    follow_paper_lambda,
    note_lambda_choice,
)
from sparsefool.view.shared.controls.network import choose_dataset, choose_device_name, choose_networks
from sparsefool.view.shared.experiments import choose_count
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.widgets import number_input


@dataclass(frozen=True)
class TransferControls:
    """What the controls ask for; without a request, why there is none."""

    dataset: str
    planned: Transfer | None
    request: ExperimentRequest | None
    problem: str


def draw_transfer_controls() -> TransferControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset()
    models = choose_networks(dataset, f"networks_{dataset}")
    spec = find_dataset(dataset)
    count = choose_count(spec.test_images, f"images_{dataset}")
    lambda_ = _number(
        "λ",
        "lambda_",
        LAMBDA,
        follow_paper_lambda(dataset),
        on_change=note_lambda_choice,
        help=explain("lambda"),
    )
    delta = _number("δ, levels", "delta", "delta", 255.0, help=explain("delta"))
    device = choose_device_name()
    try:
        planned = paper_transfer(dataset, models, lambda_, delta, count) if models else None
        if planned is None:
            return TransferControls(dataset, None, None, "Choose at least two networks.")
        planned.tasks()  # raises where there are not that many test images
    except SparseFoolError as error:
        return TransferControls(dataset, None, None, str(error))
    return TransferControls(dataset, planned, ExperimentRequest(planned, device), "")


def usual_transfer(dataset: str) -> Transfer | None:
    """Return the transfer of Table 3 between the networks that are here; None for fewer than two."""
    try:
        return paper_transfer(dataset)
    except ParameterError:
        return None


def _number(title: str, parameter: str, key: str, value: float, **more: Any) -> float:
    limits = PARAMETERS[parameter]
    low, high = float(limits.low), float(limits.high)
    chosen: float = number_input(title, low, high, value, key, format="%g", **more)
    return chosen
