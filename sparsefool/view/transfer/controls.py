"""The controls of the Transfer page."""

from dataclasses import dataclass

from sparsefool.attacks import ATTACKS
from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper import PAPER_LAMBDA, paper_transfer
from sparsefool.experiments.transfer import Transfer
from sparsefool.view.shared.controls.network import choose_dataset, choose_device_name, choose_networks
from sparsefool.view.shared.experiments import check_request, choose_count
from sparsefool.view.shared.query_parameters import number_input

_RANGES = {parameter.name: parameter for parameter in ATTACKS[0].parameters}


@dataclass(frozen=True)
class TransferControls:
    """What the controls ask for; without a request, the problem with them."""

    dataset: str
    planned: Transfer | None
    request: ExperimentRequest | None
    problem: str


def draw_transfer_controls() -> TransferControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset()
    models = choose_networks(dataset, f"networks_{dataset}")
    count = choose_count(20 if dataset == "imagenet" else 1000, f"images_{dataset}")
    lambda_ = _number("λ", "lambda_", "lambda", PAPER_LAMBDA[dataset])
    delta = _number("δ, levels", "delta", "delta", 255.0)
    device = choose_device_name()
    try:
        planned = paper_transfer(dataset, models, lambda_, delta, count) if models else None
        if planned is None:
            return TransferControls(dataset, None, None, "Choose two networks or more.")
        check_request(planned, count)
    except SparseFoolError as error:
        return TransferControls(dataset, None, None, str(error))
    return TransferControls(dataset, planned, ExperimentRequest(planned, device), "")


def _number(title: str, parameter: str, key: str, value: float) -> float:
    limits = _RANGES[parameter]
    low, high = float(limits.low), float(limits.high)
    chosen: float = number_input(title, low, high, value, key, format="%g")
    return chosen
