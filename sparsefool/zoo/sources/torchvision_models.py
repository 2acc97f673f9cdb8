"""torchvision's image classifiers: its weights, its normalisation, its cache.

A file is downloaded once, into the folder where torch itself caches (``TORCH_HOME``), and its hash is
checked then. Like torch, a file that is already there, for instance put there by hand, is not hashed again.
"""

import pickle
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from sparsefool.zoo.downloads import OnProgress, fetch, unfit
from sparsefool.zoo.specs import ModelSpec, unknown_network


def make_spec(architecture: str) -> ModelSpec:
    """Return the description of ``torchvision/architecture`` with the best weights that there are for it.

    Raises:
        ModelError: torchvision has no such classifier.
    """
    from torchvision import models

    known = models.list_models(module=models)
    name = f"torchvision/{architecture}"
    if architecture not in known:
        raise unknown_network(
            name, [f"torchvision/{other}" for other in known], f"{len(known)} in torchvision"
        )
    weights = models.get_model_weights(architecture).DEFAULT
    transforms = weights.transforms()
    height, width = (transforms.crop_size * 2)[:2]
    return ModelSpec(
        name=name,
        title=f"{architecture} (torchvision)",
        dataset="imagenet",
        source="torchvision",
        architecture=architecture,
        weights=weights.name,
        paper=f"See torchvision's documentation of {architecture}.",
        licence=weights.meta.get("license", "BSD-3-Clause"),
        input_size=(height, width),
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
        download=True,
        megabytes=round(weights.meta["_file_size"]),
    )


FILES = {
    ("vgg16", "IMAGENET1K_V1"): "vgg16-397923af.pth",
    ("resnet101", "IMAGENET1K_V1"): "resnet101-63fe2227.pth",
    ("densenet161", "IMAGENET1K_V1"): "densenet161-8d451a50.pth",
    ("inception_v3", "IMAGENET1K_V1"): "inception_v3_google-0cc3c7bd.pth",
}
"""The files of the listed networks, by architecture and weights: torchvision takes seconds to name them."""


def locate(spec: ModelSpec) -> Path | None:
    """Return the weights file in torch's cache, or None where it has not been downloaded."""
    path = cached_file(spec)
    return path if path.is_file() else None


def cached_file(spec: ModelSpec) -> Path:
    """Return where the weights file is in torch's cache, or will be once it is downloaded."""
    name = FILES.get((spec.architecture, spec.weights))
    return _cache_path(name or _find_weights(spec).url)


def named_hash(path: Path) -> str:
    """Return how the SHA-256 of a weights file begins, by its name; empty where the name does not say it."""
    named = re.search(r"-([0-9a-f]{8,})\.", path.name)
    return named[1] if named else ""


def download(spec: ModelSpec, on_progress: OnProgress | None = None) -> Path:
    """Download the weights into torch's cache if they are not there; return the file.

    Raises:
        ModelError: the weights are out of reach, or arrive damaged.
    """
    url = _find_weights(spec).url
    path = _cache_path(url)
    if not path.is_file():
        fetch(url, path, named_hash(path), on_progress)
    return path


def build(spec: ModelSpec) -> nn.Module:
    """Return the network with random weights."""
    from torchvision import models

    network: nn.Module = models.get_model(spec.architecture, weights=None, **_arguments(spec))
    return network


def load(spec: ModelSpec, on_progress: OnProgress | None = None) -> nn.Module:
    """Return the network with its weights, downloading them if they are not in the cache.

    Raises:
        ModelError: the weights are out of reach, damaged or do not fit.
    """
    path = download(spec, on_progress)
    network = build(spec)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(_rename_old_densenet(state))
    except (RuntimeError, EOFError, AttributeError, pickle.UnpicklingError) as error:
        raise unfit(path, spec.architecture, error) from error
    return network


def _find_weights(spec: ModelSpec) -> Any:
    from torchvision import models

    return models.get_model_weights(spec.architecture)[spec.weights]


def _cache_path(url: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(url).path).name


def _arguments(spec: ModelSpec) -> dict[str, Any]:
    """Return what torchvision's own builders derive from the weights, besides the number of classes."""
    if spec.architecture in ("inception_v3", "googlenet"):
        return {"transform_input": True, "aux_logits": True, "init_weights": False}
    if spec.architecture.startswith("vit_"):
        return {"image_size": _find_weights(spec).meta["min_size"][0]}
    return {}


def _rename_old_densenet(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename ``norm.1`` to ``norm1``, in place: the dictionary carries the versions of its modules."""
    for key in list(state):
        renamed = re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12])\.", r"\1\2.", key)
        if renamed != key:
            state[renamed] = state.pop(key)
    return state
