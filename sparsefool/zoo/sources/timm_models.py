"""timm's image classifiers: its weights, its normalisation and input size, the Hugging Face cache."""

import io
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sparsefool.errors import ModelError
from sparsefool.zoo.downloads import OnProgress, fetch, unfit, unreachable
from sparsefool.zoo.specs import ModelSpec, unknown_network

_FILE_NAMES = ("model.safetensors", "pytorch_model.bin")


def make_spec(architecture: str) -> ModelSpec:
    """Return the description of ``timm/architecture``.

    A tag, as in ``resnet18.a1_in1k``, picks one of several weights.

    Raises:
        ModelError: timm has no such network, no weights for it, or it is no classifier of RGB images.
    """
    import timm

    name = f"timm/{architecture}"
    if not timm.is_model(architecture):
        known = [f"timm/{other}" for other in timm.list_models()]
        raise unknown_network(name, known, f"{len(known)} architectures in timm")
    config = _find_config(architecture)
    if config.num_classes < 2 or config.input_size[0] != 3:
        raise ModelError(
            f"{name} cannot be attacked: an RGB image classifier is needed, and it has {config.num_classes} "
            f"classes and {config.input_size[0]} channels."
        )
    return ModelSpec(
        name=name,
        title=f"{architecture} (timm)",
        dataset="imagenet" if config.num_classes == 1000 else "other",
        source="timm",
        architecture=architecture,
        weights=config.hf_hub_id or config.url,
        paper=config.paper_name or f"See timm's documentation of {architecture}.",
        licence=config.license or "See timm's documentation.",
        input_size=tuple(config.input_size[1:]),
        mean=tuple(float(value) for value in config.mean),
        std=tuple(float(value) for value in config.std),
        download=True,
    )


def locate(spec: ModelSpec) -> Path | None:
    """Return the weights file in the cache of Hugging Face or torch, or None where it is in neither."""
    from huggingface_hub import try_to_load_from_cache

    config = _find_config(spec.architecture)
    if not config.hf_hub_id:
        path = _cache_path(config.url)
        return path if path.is_file() else None
    for file_name in _FILE_NAMES:
        found = try_to_load_from_cache(config.hf_hub_id, file_name)
        if isinstance(found, str):
            return Path(found)
    return None


def build(spec: ModelSpec) -> nn.Module:
    """Return the network with random weights."""
    import timm

    network: nn.Module = timm.create_model(spec.architecture)
    return network


def load(spec: ModelSpec, on_progress: OnProgress | None = None) -> nn.Module:
    """Return the network with its weights, downloading them if they are not in the cache.

    Raises:
        ModelError: the weights are out of reach, damaged or do not fit.
    """
    import timm
    from safetensors import SafetensorError

    path = locate(spec) or _download(spec, on_progress)
    source = {"file": str(path), "custom_load": False}
    try:
        network: nn.Module = timm.create_model(
            spec.architecture, pretrained=True, pretrained_cfg_overlay=source
        )
    except (RuntimeError, EOFError, SafetensorError, pickle.UnpicklingError) as error:
        raise unfit(path, spec.architecture, error) from error
    return network


def _find_config(architecture: str) -> Any:
    import timm

    try:
        config = timm.get_pretrained_cfg(architecture, allow_unregistered=False)
    except RuntimeError:  # the tag is unknown
        config = None
    if config is None or not config.has_weights:
        tagged = timm.list_pretrained(f"{architecture.partition('.')[0]}.*")
        hint = f"there are weights for {', '.join(tagged)}" if tagged else "nor for any variant of it"
        raise ModelError(f"timm has no weights for {architecture!r}; {hint}.")
    return config


def _cache_path(url: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _download(spec: ModelSpec, on_progress: OnProgress | None) -> Path:
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    config = _find_config(spec.architecture)
    if not config.hf_hub_id:
        path = _cache_path(config.url)
        fetch(config.url, path, on_progress=on_progress)
        return path
    for file_name in _FILE_NAMES:
        try:
            return Path(hf_hub_download(config.hf_hub_id, file_name, tqdm_class=_reporter(on_progress)))
        except RemoteEntryNotFoundError:
            continue
        except (OSError, RuntimeError) as error:
            origin = f"the Hugging Face repository {config.hf_hub_id}"
            message = unreachable(file_name, origin, Path(constants.HF_HUB_CACHE), error)
            raise ModelError(message) from error
    raise ModelError(
        f"The Hugging Face repository {config.hf_hub_id} holds none of {', '.join(_FILE_NAMES)}."
    )


def _reporter(on_progress: OnProgress | None) -> Any:
    """Return a progress bar class that draws nothing and calls ``on_progress``."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Reporter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "file": io.StringIO()})

        def update(self, n: int | float | None = 1) -> bool | None:
            drawn: bool | None = super().update(n)
            if on_progress:
                on_progress(int(self.n), int(self.total or 0))
            return drawn

    return Reporter
