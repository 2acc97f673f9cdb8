"""From a network's name to a :class:`Classifier` on a device."""

from pathlib import Path

import torch

from sparsefool.classifier import Classifier
from sparsefool.devices import choose_device
from sparsefool.errors import ModelError
from sparsefool.once import once
from sparsefool.zoo.downloads import OnProgress, file_sha256
from sparsefool.zoo.sources import SOURCES
from sparsefool.zoo.specs import MODELS, ModelSpec, find_spec


def load_model(
    name: str, device: str | torch.device = "auto", on_progress: OnProgress | None = None
) -> Classifier:
    """Return a trained network that takes images in [0, 1].

    Args:
        name: one of :func:`list_models`, ``torchvision/NAME`` or ``timm/NAME``, or what
            :func:`sparsefool.zoo.own_networks.register` returned for a network of one's own.
        device: ``"auto"``, a torch device or its name.
        on_progress: called with the bytes done and the bytes in all (0: not known) during a download.

    Returns:
        The classifier, in evaluation mode, frozen, in float32. It is a new object at every call.

    Raises:
        ModelError: the network is unknown, or its weights are missing, damaged or out of reach.
        DeviceError: the device does not exist here.

    Example:
        >>> classifier = load_model("imagenet/efficientnet-lite0", device="cpu")
        >>> classifier(torch.rand(1, 3, 224, 224)).shape
        torch.Size([1, 1000])
    """
    spec = find_spec(name)
    place = choose_device(device)
    with torch.random.fork_rng(devices=[]):  # building a network draws random weights first
        module = SOURCES[spec.source].load(spec, on_progress)
    module = module.eval().requires_grad_(False)
    return Classifier(module, spec.mean, spec.std, spec.class_names, spec.name).to(place)


def is_available(name: str) -> bool:
    """Return whether a network loads here without a download.

    Raises:
        ModelError: there is no such network.
    """
    spec = find_spec(name)
    return bool(spec.sha256) or _locate(spec) is not None


def available_models(dataset: str | None = None) -> tuple[str, ...]:
    """Return the listed networks that load without a download, of one data set or of all."""
    specs = (spec for spec in MODELS if dataset in (None, spec.dataset))
    return tuple(spec.name for spec in specs if _locate(spec))


def weights_sha256(name: str) -> str:
    """Return the SHA-256 of a network's weights file, in hexadecimal: the provenance of a result.

    Raises:
        ModelError: there is no such network, or its weights are not on this machine yet.
    """
    spec = find_spec(name)
    if spec.sha256:
        return spec.sha256
    path = _locate(spec)
    if path is None:
        raise ModelError(f"The weights of {name} are not on this machine; load_model({name!r}) fetches them.")
    state = path.stat()
    return _file_sha256(path, state.st_mtime_ns, state.st_size)


def _locate(spec: ModelSpec) -> Path | None:
    return SOURCES[spec.source].locate(spec)


@once(64)
def _file_sha256(path: Path, _modified: int, _size: int) -> str:
    """Return the hash of a file; a file that has changed is another key of the cache."""
    return file_sha256(path)
