"""The weights of the paper's four ImageNet networks: what of them is here, and fetching what is missing."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sparsefool.zoo.downloads import OnProgress, file_sha256, partial_path
from sparsefool.zoo.sources import torchvision_models
from sparsefool.zoo.specs import MODELS, ModelSpec

PAPER_NETWORKS: tuple[ModelSpec, ...] = tuple(spec for spec in MODELS if spec.source == "torchvision")
"""The listed networks whose weights torchvision offers: those of the paper's Table 2."""


class State(Enum):
    """How much of a file of weights is here."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    BEGUN = "begun"
    MISSING = "missing"


@dataclass(frozen=True)
class WeightsFile:
    """The file of a network's weights in torch's cache.

    Attributes:
        spec: the network.
        path: of the file, there or not.
        state: how much of it is here.
        size: bytes that are here.
    """

    spec: ModelSpec
    path: Path
    state: State
    size: int


def find_weights(spec: ModelSpec) -> WeightsFile:
    """Return how much of a network's weights is here; a file that is whole has the hash in its name.

    Raises:
        OSError: the file cannot be read.
    """
    path = torchvision_models.cached_file(spec)
    part = partial_path(path)
    if path.is_file():
        right = file_sha256(path).startswith(torchvision_models.named_hash(path))
        return WeightsFile(spec, path, State.WHOLE if right else State.DAMAGED, path.stat().st_size)
    if part.is_file():
        return WeightsFile(spec, path, State.BEGUN, part.stat().st_size)
    return WeightsFile(spec, path, State.MISSING, 0)


def fetch_weights(found: WeightsFile, on_progress: OnProgress | None = None) -> WeightsFile:
    """Download what is missing of a file of weights, a damaged one anew; return what is here then.

    Raises:
        ModelError: the weights are out of reach, or arrive damaged. What has arrived is kept.
    """
    if found.state is State.WHOLE:
        return found
    if found.state is State.DAMAGED:
        found.path.unlink()
    path = torchvision_models.download(found.spec, on_progress)
    return WeightsFile(found.spec, path, State.WHOLE, path.stat().st_size)
