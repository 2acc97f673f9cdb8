"""The paper's small networks (Section 4): LeNet for MNIST, VGG-19 and ResNet-18 for CIFAR-10."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from sparsefool.data.specs import find_dataset
from sparsefool.errors import ModelError


def lenet(num_classes: int = 10) -> nn.Module:
    """Return LeNet-5 in its modern form: ReLU and max pooling; [n, 1, 28, 28] to logits [n, num_classes]."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, num_classes),
    )


def resnet18(num_classes: int = 10) -> nn.Module:
    """Return ResNet-18 with a 3 x 3 first convolution and no first pooling; [n, 3, 32, 32] to logits."""
    from torchvision.models import resnet18 as torchvision_resnet18

    network: nn.Module = torchvision_resnet18(num_classes=num_classes, zero_init_residual=True)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


def vgg19(num_classes: int = 10) -> nn.Module:
    """Return VGG-19 with batch normalisation and one linear classifier; [n, 3, 32, 32] to [n, num_classes].

    Its pooling rounds up, which changes nothing at 32 pixels and lets smaller training images through.
    """
    from torchvision.models import vgg19_bn

    network: nn.Module = vgg19_bn(num_classes=num_classes)
    for layer in network.modules():
        if isinstance(layer, nn.MaxPool2d):
            layer.ceil_mode = True
    network.avgpool = nn.AdaptiveAvgPool2d(1)
    network.classifier = nn.Linear(512, num_classes)
    return network


@dataclass(frozen=True)
class SmallNetwork:
    """A network that this project trains itself.

    Attributes:
        build: returns it with random weights.
        dataset: what it is trained on.
        mean, std: normalisation, one value per channel, in the units of [0, 1] images.
    """

    build: Callable[[], nn.Module]
    dataset: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def _small(build: Callable[[], nn.Module], dataset: str) -> SmallNetwork:
    spec = find_dataset(dataset)
    return SmallNetwork(build, dataset, spec.mean, spec.std)


SMALL_NETWORKS: Mapping[str, SmallNetwork] = MappingProxyType(
    {
        "mnist/lenet": _small(lenet, "mnist"),
        "cifar10/resnet18": _small(resnet18, "cifar10"),
        "cifar10/vgg19": _small(vgg19, "cifar10"),
        "cifar10/resnet18-linf": _small(resnet18, "cifar10"),
    }
)


def find_network(name: str) -> SmallNetwork:
    """Return the description of a small network.

    Raises:
        ModelError: no small network has this name.
    """
    if name not in SMALL_NETWORKS:
        raise ModelError(f"There is no small network {name!r}; there are {', '.join(SMALL_NETWORKS)}.")
    return SMALL_NETWORKS[name]
