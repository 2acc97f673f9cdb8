"""Loaded networks, cached per device, and pictures in the size that a network takes."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sparsefool.backend.passes.shared_passes import SharedPasses
from sparsefool.backend.placement import place_of
from sparsefool.backend.progress import Progress, alone
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.classifier import Classifier
from sparsefool.data.galleries import load_gallery
from sparsefool.data.image_files import fit
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.devices import device_info, is_out_of_memory
from sparsefool.errors import MemoryFullError, ParameterError
from sparsefool.zoo.loading import is_available, load_model, weights_sha256
from sparsefool.zoo.own_networks import forget
from sparsefool.zoo.specs import find_spec

T = TypeVar("T")

MODELS_PER_DEVICE = 3
"""Networks cached in the memory of a device."""

FIRST_CHOICE, SECOND_CHOICE = "cifar10/resnet18", "imagenet/efficientnet-lite0"


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network on a device.

    Attributes:
        classifier: the network.
        weights_sha256: of its weights file.
        passes: through it, of all attacks that run on it at a time.
    """

    classifier: Classifier
    weights_sha256: str
    passes: SharedPasses = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", SharedPasses(self.classifier))


_loaded: defaultdict[str, RecentlyUsed[str, LoadedModel]] = defaultdict(
    lambda: RecentlyUsed(MODELS_PER_DEVICE)
)
_loading = threading.Lock()
_downloading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def default_model() -> str:
    """Return the network to begin with: a small one that this project trains, if its weights are here."""
    return FIRST_CHOICE if is_available(FIRST_CHOICE) else SECOND_CHOICE


def with_model(name: str, device: str, progress: Progress, work: Callable[[LoadedModel, str], T]) -> T:
    """Return what ``work`` makes of a network and its device.

    Where the memory is full, other networks give up theirs, and the work begins again.

    Args:
        name: as for :func:`sparsefool.load_model`.
        device: ``"auto"`` or a device name of torch.
        progress: receives the state of a download, and may cancel it.
        work: called with the network and the device name of torch.

    Raises:
        ModelError: the network is unknown, or its weights are missing, damaged or out of reach.
        DeviceError: the device does not exist, or its memory is full.
        Cancelled: ``progress`` cancelled it.
    """
    place = place_of(device)

    def load_and_work() -> T:
        model = loaded_model(name, place, progress)
        progress.check()
        return work(model, place)

    try:
        return within_memory(load_and_work, place)
    except MemoryFullError:
        if not _loaded[place].discard_others(name):
            raise
    return within_memory(load_and_work, place)


def within_memory(work: Callable[[], T], device: str, kept: str = "") -> T:
    """Return what ``work`` returns.

    Args:
        work: what may need more memory than there is.
        device: the device name of torch on which it runs.
        kept: what is not lost if it does, as a sentence.

    Raises:
        MemoryFullError: the memory was full.
    """
    try:
        return work()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    saying = f"The memory of {device_info(device)} is full. {kept}".strip()
    # not while the error is handled: its frames would keep the memory
    raise MemoryFullError(f"{saying} Choose a smaller network or another device.")


def loaded_model(name: str, device: str, progress: Progress) -> LoadedModel:
    """Return a network on a device, loading it if it is not there yet.

    Args:
        name: as for :func:`sparsefool.load_model`.
        device: a device name of torch, such as ``cpu`` or ``cuda:0``.
        progress: receives the state of a download, and may cancel it.

    Raises:
        ModelError: the network is unknown, or its weights are missing, damaged or out of reach.
        DeviceError: the device does not exist here.
        Cancelled: ``progress`` cancelled it.
    """
    known = _loaded[device].get(name)
    if known is not None:
        return known
    # a download takes long, and must not hold up those who use other networks
    with alone(_loading if is_available(name) else _downloading[name], progress):
        return _loaded[device].get(name) or _load(name, device, progress)


def _load(name: str, device: str, progress: Progress) -> LoadedModel:
    progress.report(0, 0, f"Loading {name}")

    def on_progress(done: int, total: int) -> None:
        progress.check()
        progress.report(done, total, f"Downloading {name}")

    model = LoadedModel(load_model(name, device, on_progress), weights_sha256(name))
    _loaded[device].put(name, model)
    if not is_available(name):  # a network of one's own that was forgotten meanwhile
        _loaded[device].discard(name)
    return model


def known_weights(name: str) -> str | None:
    """Return the SHA-256 of a network's weights, without loading it; None where they are not here.

    Raises:
        ModelError: there is no such network.
    """
    return weights_sha256(name) if is_available(name) else None


def forget_network(name: str) -> None:
    """Give up a network of one's own: its registration, and its weights on every device.

    A run that uses it ends with it; a later one is told that it is not there.
    """
    forget(name)
    for cache in list(_loaded.values()):
        cache.discard(name)


def picture_for(model: str, picture: Picture) -> Picture:
    """Return a picture in the size and channels of a network; one that has them is returned unchanged.

    Raises:
        ImageError: the picture is far too small for the network.
        ModelError: there is no such network.
    """
    spec = find_spec(model)
    return fit(picture, spec.input_size, spec.channels)


def gallery_picture(model: str, gallery: str, index: int) -> Picture:
    """Return a sample image, or a further test image, in the size and channels of a network.

    Args:
        model: the network.
        gallery: the data set.
        index: below the number of its sample images, that of a sample; from there on, that of a test image.

    Raises:
        DataError: there is no such gallery.
        ImageError: its images are far too small for the network.
        ParameterError: there is no image of this number.
        ModelError: there is no such network.
    """
    spec = find_spec(model)
    images = load_gallery(gallery, spec.input_size)
    if index >= len(images):
        images = load_samples(gallery, spec.input_size)
    if not 0 <= index < len(images):
        raise ParameterError(
            f"The {gallery} gallery has images 0 to {len(images) - 1}; {index} was asked for."
        )
    return picture_for(model, images.picture(index))
