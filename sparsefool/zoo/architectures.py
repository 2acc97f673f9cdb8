"""Networks by the name of their architecture, with random weights."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import ModelError
from sparsefool.zoo.small_networks import SMALL_NETWORKS, lenet, resnet18, vgg19
from sparsefool.zoo.specs import unknown_network

SMALL: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType(
    {"lenet": lenet, "resnet18": resnet18, "vgg19": vgg19}
)
"""This project's own architectures; each is built for a number of classes."""


def list_architectures() -> tuple[str, ...]:
    """Return the names of all architectures: ``lenet`` and others, ``torchvision/NAME`` and ``timm/NAME``."""
    import timm

    libraries = {"torchvision": _torchvision_names(), "timm": timm.list_models()}
    return (*SMALL, *(f"{library}/{name}" for library, names in libraries.items() for name in names))


def check_architecture(architecture: str) -> None:
    """Raise an error unless there is such an architecture.

    Raises:
        ModelError: there is none; the message names the closest ones.
    """
    library, _, name = architecture.partition("/")
    if library == "timm":
        import timm

        found = timm.is_model(name)
    else:
        found = architecture in SMALL or (library == "torchvision" and name in _torchvision_names())
    if not found:
        besides = f"{', '.join(SMALL)}, torchvision/NAME and timm/NAME"
        raise unknown_network(architecture, list_architectures(), besides)


def usual_dataset(architecture: str) -> DatasetSpec:
    """Return the data set for which an architecture is usually built: its image size and normalisation."""
    trained_on = (name.partition("/")[0] for name in SMALL_NETWORKS if name.endswith(f"/{architecture}"))
    return find_dataset(next(trained_on, "imagenet"))


def training_heads(architecture: str) -> tuple[str, ...]:
    """Return how the names of weights begin that only training uses: auxiliary classifiers."""
    with_heads = architecture.partition("/")[2] in ("inception_v3", "googlenet")
    return ("AuxLogits.", "aux1.", "aux2.") if with_heads else ()


def build_network(
    architecture: str, num_classes: int, channels: int, input_size: tuple[int, int]
) -> nn.Module:
    """Return a network with random weights, as its library builds it.

    Args:
        architecture: one of :func:`list_architectures`.
        num_classes: how many logits it returns.
        channels: of an image; only timm's networks can have another number than usual.
        input_size: height and width of an image.

    Raises:
        ModelError: there is no such architecture, or it cannot be built like this.
    """
    check_architecture(architecture)
    library, _, name = architecture.partition("/")
    try:
        if library == "timm":
            return _build_timm(name, num_classes, channels, input_size)
        if library == "torchvision":
            return _build_torchvision(name, num_classes, input_size)
        return SMALL[architecture](num_classes)
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        size = f"{channels} x {input_size[0]} x {input_size[1]}"
        raise ModelError(
            f"{architecture} cannot be built for {num_classes} classes and images of {size} "
            f"({str(error).partition(chr(10))[0]})."
        ) from error


def _build_timm(name: str, num_classes: int, channels: int, input_size: tuple[int, int]) -> nn.Module:
    import timm

    arguments: dict[str, Any] = {"num_classes": num_classes, "in_chans": channels}
    config = timm.get_pretrained_cfg(name)
    if config is not None and tuple(config.input_size[1:]) != input_size:
        try:  # transformers have to know the size, and most other networks do not take it
            resized: nn.Module = timm.create_model(name, pretrained=False, img_size=input_size, **arguments)
        except TypeError:
            pass
        else:
            return resized
    network: nn.Module = timm.create_model(name, pretrained=False, **arguments)
    return network


def _build_torchvision(name: str, num_classes: int, input_size: tuple[int, int]) -> nn.Module:
    from torchvision import models

    arguments: dict[str, Any] = {"num_classes": num_classes}
    if name in ("inception_v3", "googlenet"):
        arguments["init_weights"] = False
    if name.startswith("vit_"):
        arguments["image_size"] = input_size[0]
    network: nn.Module = models.get_model(name, weights=None, **arguments)
    return network


def _torchvision_names() -> list[str]:
    from torchvision import models

    names: list[str] = models.list_models(module=models)
    return names
