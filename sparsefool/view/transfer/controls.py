"""The controls of the Transfer page."""

from dataclasses import dataclass

import streamlit as st

from sparsefool.attacks import ATTACKS
from sparsefool.devices import available_devices
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper import PAPER_LAMBDA, paper_transfer
from sparsefool.experiments.transfer import Transfer
from sparsefool.view.shared.controls.network import choose_dataset
from sparsefool.view.shared.experiment_controls import (
    ExperimentRequest,
    check_wish,
    choose_count,
    choose_models,
)
from sparsefool.view.shared.query_parameters import AddressCheck, select

_RANGES = {parameter.name: parameter for parameter in ATTACKS[0].parameters}


@dataclass(frozen=True)
class TransferControls:
    """What the controls ask for; without a request, the problem with them."""

    dataset: str
    planned: Transfer | None
    request: ExperimentRequest | None
    problem: str


def draw_transfer_controls(check: AddressCheck) -> TransferControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset(check)
    models = choose_models(dataset, f"networks_{dataset}", check)
    count = choose_count(20 if dataset == "imagenet" else 1000, f"images_{dataset}", check)
    lambda_ = _number("λ", "lambda_", "lambda", PAPER_LAMBDA[dataset], check)
    delta = _number("δ, levels", "delta", "delta", 255.0, check)
    device = select("Device", ["auto", *(each.name for each in available_devices())], str, "device", check)
    try:
        planned = paper_transfer(dataset, models, lambda_, delta, count) if models else None
        if planned is None:
            return TransferControls(dataset, None, None, "Choose two networks or more.")
        check_wish(planned, count)
    except SparseFoolError as error:
        return TransferControls(dataset, None, None, str(error))
    return TransferControls(dataset, planned, ExperimentRequest(planned, device), "")


def _number(title: str, parameter: str, key: str, value: float, check: AddressCheck) -> float:
    limits = _RANGES[parameter]
    low, high = float(limits.low), float(limits.high)
    chosen: float = st.number_input(title, low, high, value, key=key, bind="query-params", format="%g")
    check.number(key, low, high, chosen)
    return chosen
