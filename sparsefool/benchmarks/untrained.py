"""Networks with random weights, which are enough to measure how long an attack takes."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.classifier import Classifier
from sparsefool.zoo.sources import SOURCES
from sparsefool.zoo.specs import find_spec

STATISTICS_PASSES = 20
"""Passes in training mode that give batch normalisation the statistics of the images."""


def untrained_model(name: str, images: Float[Tensor, "n c h w"], device: torch.device) -> Classifier:
    """Return a network of any listed architecture with random weights, the same at every call.

    Args:
        name: as :func:`sparsefool.load_model` takes it.
        images: at least two in [0, 1], whose statistics batch normalisation adopts.
        device: where to put the network.

    Raises:
        ModelError: there is no such network.
    """
    spec = find_spec(name)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        module = SOURCES[spec.source].build(spec)
        mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (spec.mean, spec.std))
        module.train()
        normalisations = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
        for layer in normalisations:
            nn.init.ones_(layer.weight)  # some residual branches begin at zero
        for _ in range(STATISTICS_PASSES if normalisations else 0):
            module((images - mean) / std)
    return Classifier(module, spec.mean, spec.std, name=f"{name} with random weights").to(device)
