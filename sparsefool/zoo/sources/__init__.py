"""Where weights come from, one module for each kind of source; another source is a module and a line here."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from torch import nn

from sparsefool.zoo.downloads import OnProgress
from sparsefool.zoo.sources import own_weights, packaged, shipped_weights, timm_models, torchvision_models
from sparsefool.zoo.specs import ModelSpec


class Source(Protocol):
    """A module that finds, builds and loads the networks of one source."""

    def locate(self, spec: ModelSpec, /) -> Path | None:
        """Return the weights file, or None where it is not on this machine."""

    def build(self, spec: ModelSpec, /) -> nn.Module:
        """Return the network with random weights."""

    def load(self, spec: ModelSpec, on_progress: OnProgress | None = None, /) -> nn.Module:
        """Return the network with its weights, on the CPU, downloading them if they are not here.

        Raises:
            ModelError: the weights are missing, damaged or out of reach.
        """


class Library(Source, Protocol):
    """A source in which a network is found by the name of its architecture, besides the listed networks."""

    def make_spec(self, architecture: str, /) -> ModelSpec:
        """Return the description of a network.

        Raises:
            ModelError: the library has no such network, or none that can be attacked.
        """


LIBRARIES: Mapping[str, Library] = MappingProxyType({"torchvision": torchvision_models, "timm": timm_models})
UNLISTED: Mapping[str, Library] = MappingProxyType({**LIBRARIES, "own": own_weights})
SOURCES: Mapping[str, Source] = MappingProxyType(
    {"shipped": shipped_weights, "package": packaged, **UNLISTED}
)
