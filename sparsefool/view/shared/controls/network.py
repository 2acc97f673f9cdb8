"""The choice of a data set and of one of its networks, which all pages share."""

from collections.abc import Callable

import streamlit as st

from sparsefool.backend.models import default_model
from sparsefool.data.galleries import GALLERIES
from sparsefool.view.shared.controls.region import forget_region
from sparsefool.view.shared.query_parameters import AddressCheck, choose_one, select
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, ModelSpec, find_spec

DATASET_TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10", "imagenet": "ImageNet"}
ANY_CLASS = "any other class"


def choose_model(check: AddressCheck) -> ModelSpec:
    """Draw the choice of a data set and of one of its networks."""
    dataset = choose_dataset(check)
    specs = sorted((spec for spec in MODELS if spec.dataset == dataset), key=is_out_of_reach)
    spec = select("Network", specs, model_title, "model", check)
    if is_out_of_reach(spec):
        st.caption(_availability(spec))
    return spec


def choose_dataset(check: AddressCheck, on_change: Callable[[], None] | None = None) -> str:
    """Draw the choice of a data set; ``on_change`` is called when a person takes another.

    Where not given, the picture, the target and the region begin anew.
    """
    return choose_one(
        "Data set",
        GALLERIES,
        "data",
        check,
        DATASET_TITLES.__getitem__,
        find_spec(default_model()).dataset,
        on_change=on_change or _start_over,
        width="stretch",
    )


def _start_over() -> None:
    """Begin a new data set with its first picture, no target and no region; its networks are others."""
    st.session_state.update({"picture": "1", "target": ANY_CLASS})
    forget_region()


def is_out_of_reach(spec: ModelSpec) -> bool:
    """Return whether the weights of a network are not on this machine."""
    return not is_available(spec.name)


def model_title(spec: ModelSpec) -> str:
    """Return a network's name for a person, with what has to be done before it can be used."""
    if spec.download:
        return f"{spec.title} ({spec.megabytes} MB download)"
    return f"{spec.title} (not trained yet)" if is_out_of_reach(spec) else spec.title


def _availability(spec: ModelSpec) -> str:
    if spec.download:
        return f"The weights ({spec.megabytes} MB) are fetched once, when the first run starts."
    return f"The weights are not here yet: `python -m sparsefool train {spec.name}` makes them."
