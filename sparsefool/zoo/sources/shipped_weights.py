"""Weights that come with this project: safetensors in fp16, each with a model card as JSON beside it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sparsefool.atomic_files import replacing
from sparsefool.errors import ModelError
from sparsefool.paths import WEIGHTS
from sparsefool.zoo.downloads import OnProgress
from sparsefool.zoo.small_networks import find_network
from sparsefool.zoo.specs import ModelSpec


@dataclass(frozen=True)
class ModelCard:
    """What is known about a file of weights.

    Attributes:
        name: the network's name.
        sha256: of the weights file, in hexadecimal.
        accuracy: on ``test_images`` official test images, measured from the shipped file, loaded to fp32.
        test_images: how many there are.
        robust_accuracy: under PGD-20 within 8/255 on the first ``robust_images``; None in ordinary training.
        robust_images: how many those are.
        training: how the weights came about: "ordinary", "single-step with a random start" or "PGD-n".
        epochs, seed, seconds: of the training; the seconds are the training's own, without its pauses.
        device: what it was trained on.
        versions: of Python and the libraries.
        recipe: every setting of the schedule.
        history: one report per epoch.
    """

    name: str
    sha256: str
    accuracy: float
    test_images: int
    robust_accuracy: float | None
    robust_images: int
    training: str
    epochs: int
    seed: int
    seconds: float
    device: str
    versions: Mapping[str, str]
    recipe: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]


def weights_path(name: str, folder: Path = WEIGHTS) -> Path:
    """Return where a network's weights are: ``cifar10-resnet18.safetensors`` for ``cifar10/resnet18``."""
    return folder / f"{name.replace('/', '-')}.safetensors"


def card_path(name: str, folder: Path = WEIGHTS) -> Path:
    """Return where the model card of a network is: beside its weights."""
    return weights_path(name, folder).with_suffix(".json")


def write_weights(path: Path, network: nn.Module) -> str:
    """Write a network's weights in fp16, in one step, and return the SHA-256 of the file.

    Raises:
        ModelError: a weight is not finite, or too large for fp16.
    """
    from safetensors.torch import save

    tensors = {key: _shrink(key, value) for key, value in network.state_dict().items()}
    content = save(tensors)
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def write_card(card: ModelCard, folder: Path = WEIGHTS) -> None:
    """Write a model card beside its weights."""
    with replacing(card_path(card.name, folder)) as unfinished:
        unfinished.write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8", newline="\n")


def read_card(name: str, folder: Path = WEIGHTS) -> ModelCard:
    """Return the model card of a network.

    Raises:
        ModelError: the card is missing or damaged.
    """
    path = card_path(name, folder)
    try:
        return ModelCard(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ModelError(f"The model card {path} is missing. {_remedy(name)}") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path} is no model card ({error}). {_remedy(name)}") from error


def locate(spec: ModelSpec) -> Path | None:
    """Return the weights file, or None where it is missing: the network is not trained yet."""
    path = weights_path(spec.name)
    return path if path.is_file() else None


def build(spec: ModelSpec) -> nn.Module:
    """Return the small network with random weights."""
    return find_network(spec.name).build()


def load(spec: ModelSpec, _on_progress: OnProgress | None = None) -> nn.Module:
    """Return the small network with its shipped weights, as :func:`load_shipped` does."""
    return load_shipped(spec.name)


def load_shipped(name: str, folder: Path = WEIGHTS) -> nn.Module:
    """Return a small network with its shipped weights, in fp32, on the CPU.

    Raises:
        ModelError: the network is unknown, or its weights or card are missing, damaged, or not of each other.
    """
    return load_weights(name, read_card(name, folder).sha256, folder)


def load_weights(name: str, sha256: str, folder: Path = WEIGHTS) -> nn.Module:
    """Return a small network with the weights of the file whose SHA-256 is ``sha256``, in fp32, on the CPU.

    Raises:
        ModelError: the network is unknown, or the file is missing, damaged, another one, or does not fit.
    """
    path = weights_path(name, folder)
    weights = _read_weights(name, path, sha256)
    with torch.random.fork_rng(devices=[]):
        network = find_network(name).build()
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(f"{path} does not fit the network {name}: {error}. {_remedy(name)}") from error
    return network.eval()


def _read_weights(name: str, path: Path, sha256: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        content = path.read_bytes()
        tensors = load(content)
    except FileNotFoundError as error:
        raise ModelError(f"The weights {path} are missing. {_remedy(name)}") from error
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} is damaged: no readable safetensors ({error}). {_remedy(name)}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{path} has the SHA-256 {found}; its card says {sha256}. One of the two was changed or belongs "
            f"to another training run. {_remedy(name)}"
        )
    return {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}


def _shrink(key: str, value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value.cpu().contiguous()
    half = value.detach().to("cpu", torch.float16, memory_format=torch.contiguous_format).contiguous()
    if not bool(torch.isfinite(half).all()):
        raise ModelError(
            f"The weight {key} holds values that are not finite in fp16; the largest is "
            f"{value.abs().max().item():.3g}."
        )
    return half


def _remedy(name: str) -> str:
    return f"Check the files out again, or train them: python -m sparsefool train {name}"
