"""Networks of one's own: weights that somebody gave, in an architecture that is known."""

import hashlib
from pathlib import Path

import torch
from torch import nn

from sparsefool.errors import ModelError, ParameterError
from sparsefool.outputs import LOGITS, logits_of
from sparsefool.zoo.architectures import build_network, training_heads
from sparsefool.zoo.downloads import OnProgress
from sparsefool.zoo.own_networks import OwnNetwork, find_own, find_own_spec
from sparsefool.zoo.specs import ModelSpec
from sparsefool.zoo.weight_files import load_into, read_state_dicts


def make_spec(architecture: str) -> ModelSpec:
    """Return what is known about a network, by its name without ``own/``.

    Raises:
        ModelError: no network of this name was registered.
    """
    return find_own_spec(f"own/{architecture}")


def locate(_spec: ModelSpec) -> Path | None:
    """Return None: no file stays what it was, so the hash in the description counts."""
    return None


def build(spec: ModelSpec) -> nn.Module:
    """Return the architecture with random weights.

    Raises:
        ModelError: the network was forgotten, or cannot be built.
    """
    own = find_own(spec.name)
    return build_network(own.architecture, own.num_classes, own.channels, own.input_size)


def load(spec: ModelSpec, _on_progress: OnProgress | None = None) -> nn.Module:
    """Return the network with its weights, after one pass of a black image.

    Raises:
        ModelError: it was forgotten, the file has changed, is damaged or does not fit, or the network does
            not take images of this size or return a logit for each class.
    """
    own = find_own(spec.name)
    data = own.read()
    if hashlib.sha256(data).hexdigest() != spec.sha256:
        raise ModelError(f"{own.file_name} has changed since it was chosen: choose it again.")
    states = read_state_dicts(data, own.file_name)
    network = build_network(own.architecture, own.num_classes, own.channels, own.input_size)
    title = f"{own.architecture} with {own.num_classes:,} classes"
    load_into(network, states, own.file_name, title, training_heads(own.architecture))
    _try(network.eval(), own)
    return network


def _try(network: nn.Module, own: OwnNetwork) -> None:
    height, width = own.input_size
    what = f"{own.architecture} on images of {own.channels} x {height} x {width}"
    try:
        with torch.no_grad():
            logits = logits_of(network(torch.zeros(1, own.channels, height, width)), 1, LOGITS)
    except (RuntimeError, ValueError, AssertionError, ParameterError) as error:
        first_line = str(error).partition("\n")[0]
        raise ModelError(
            f"{what} fails ({first_line}). The input size, or the number of means, is another."
        ) from error
    if logits.shape[1] != own.classes:
        raise ModelError(f"{what} returns {logits.shape[1]} values; there are {own.classes} classes.")
