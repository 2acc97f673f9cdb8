"""Networks of one's own: a file of weights, the architecture it belongs to, and what images it takes.

They are registered under a name that works wherever a network's name does, until they are forgotten.
"""

import hashlib
import json
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sparsefool.data.specs import DATASETS, Values, find_dataset
from sparsefool.errors import ModelError
from sparsefool.zoo.architectures import check_architecture, usual_dataset
from sparsefool.zoo.specs import ModelSpec
from sparsefool.zoo.weight_files import check_size

MAX_CLASSES = 100_000
MAX_SIDE = 2048
FORGOTTEN_KEPT = 200
"""Descriptions, without weights, that are kept of forgotten networks: their results may still be shown."""


@dataclass(frozen=True)
class OwnNetwork:
    """A network of one's own; :func:`describe_network` makes one where not everything is known.

    Attributes:
        weights: the file of weights, or what it holds.
        architecture: one of :func:`sparsefool.zoo.architectures.list_architectures`.
        num_classes: logits that it returns; a single one stands for two classes.
        input_size: height and width of an image, in pixels.
        mean, std: normalisation, one value for each of 1 or 3 channels, in the units of [0, 1] images.
        class_names: the names of its classes, in the order of its logits; empty if there are none.
        shown: the data set whose sample images it is shown; empty for that which its channels suggest.
        file_name: what to call the file of weights.
        owner: who may use it; the same network of another owner has another name.

    Raises:
        ModelError: a value is out of its range, or they contradict each other.
    """

    weights: Path | bytes = field(repr=False)
    architecture: str
    num_classes: int
    input_size: tuple[int, int]
    mean: Values
    std: Values
    class_names: tuple[str, ...] = ()
    shown: str = ""
    file_name: str = "weights"
    owner: str = ""

    def __post_init__(self) -> None:
        check_architecture(self.architecture)
        _check_classes(self)
        _check_images(self)

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return max(2, self.num_classes)

    @property
    def channels(self) -> int:
        """Colour channels of an image: 3 for RGB, 1 for grey."""
        return len(self.mean)

    def read(self) -> bytes:
        """Return what the file of weights holds.

        Raises:
            ModelError: the file is too large or cannot be read.
        """
        if isinstance(self.weights, bytes):
            check_size(len(self.weights), self.file_name)
            return self.weights
        try:
            check_size(self.weights.stat().st_size, self.file_name)
            return self.weights.read_bytes()
        except OSError as error:
            raise ModelError(f"{self.weights} cannot be read ({error.strerror}).") from error


def describe_network(
    weights: Path | bytes,
    architecture: str,
    num_classes: int | None = None,
    *,
    input_size: tuple[int, int] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    class_names: Sequence[str] = (),
    trained_on: str = "",
    shown: str = "",
    file_name: str = "",
    owner: str = "",
) -> OwnNetwork:
    """Return the description of a network of one's own.

    Args:
        weights, architecture, shown, file_name, owner: as in :class:`OwnNetwork`.
        num_classes: as there; by default as many as there are class names.
        input_size, mean, std: as there; by default what is usual for the data set, or for the architecture.
        class_names: as there; by default those of the data set.
        trained_on: name of one of :data:`sparsefool.data.specs.DATASETS`; empty if it is another data set.

    Raises:
        ModelError: the number of classes is not known, or a value cannot be used.
        DataError: there is no such data set.
    """
    check_architecture(architecture)
    usual = find_dataset(trained_on) if trained_on else usual_dataset(architecture)
    names = tuple(class_names) or (usual.class_names if trained_on else ())
    if num_classes is None:
        if not names:
            raise ModelError("The number of classes is needed, or their names, or the data set.")
        num_classes = len(names)
    if (mean is None) != (std is None):
        raise ModelError("Mean and standard deviation are needed together, or neither for the usual ones.")
    return OwnNetwork(
        weights,
        architecture,
        num_classes,
        input_size or usual.image_size,
        usual.mean if mean is None else tuple(map(float, mean)),
        usual.std if std is None else tuple(map(float, std)),
        names,
        shown or trained_on,
        file_name or (weights.name if isinstance(weights, Path) else "The file"),
        owner,
    )


_lock = threading.Lock()
_networks: dict[str, OwnNetwork] = {}
_specs: OrderedDict[str, ModelSpec] = OrderedDict()


def register(own: OwnNetwork) -> ModelSpec:
    """Make a network of one's own known under a name; return what is known about it.

    The name depends on the content of the file and on the description. Its weights are read here only for
    their hash: what is wrong with them is said by :func:`sparsefool.load_model`.

    Raises:
        ModelError: the file is too large or cannot be read.
    """
    sha256 = hashlib.sha256(own.read()).hexdigest()
    spec = _make_spec(own, sha256)
    with _lock:
        _networks[spec.name] = own
        _specs[spec.name] = spec
    return spec


def forget(name: str) -> None:
    """Give up a network of one's own, and its weights; one that is not known is no error."""
    with _lock:
        if _networks.pop(name, None) is not None:
            _specs[name] = replace(_specs[name], sha256="")
            _specs.move_to_end(name)
        forgotten = [each for each in _specs if each not in _networks]
        for each in forgotten[:-FORGOTTEN_KEPT]:
            del _specs[each]


def find_own(name: str) -> OwnNetwork:
    """Return a network of one's own.

    Raises:
        ModelError: it is not known, or not any more.
    """
    with _lock:
        if name not in _networks:
            raise _unknown(name)
        return _networks[name]


def find_own_spec(name: str) -> ModelSpec:
    """Return what is known about a network of one's own, also for a while after it was forgotten.

    Raises:
        ModelError: there is none of this name.
    """
    with _lock:
        if name not in _specs:
            raise _unknown(name)
        return _specs[name]


def _unknown(name: str) -> ModelError:
    return ModelError(
        f"{name} is no network here: a network of one's own is there as long as the session or the command "
        "that gave its weights. Give them again."
    )


def _make_spec(own: OwnNetwork, sha256: str) -> ModelSpec:
    described = {key: value for key, value in asdict(replace(own, weights=b"")).items() if key != "weights"}
    content = json.dumps({**described, "sha256": sha256}, sort_keys=True)
    name = re.sub(r"[^\w.-]+", " ", Path(own.file_name).name).strip()[:40] or "weights"
    fitting = (
        each.name
        for each in DATASETS
        if each.channels == own.channels
        and (each.resized or each.image_size == own.input_size)
        and own.classes == len(own.class_names)
        and own.class_names == each.class_names
    )
    dataset = next(fitting, "other")
    suggested = (each.name for each in DATASETS if each.channels == own.channels and each.resized)
    of_channels = next(suggested, next(each.name for each in DATASETS if each.channels == own.channels))
    return ModelSpec(
        name=f"own/{hashlib.sha256(content.encode()).hexdigest()[:12]}",
        title=f"{name} ({own.architecture})",
        dataset=dataset,
        source="own",
        architecture=own.architecture,
        weights=own.file_name,
        paper="A network of your own.",
        licence="As its owner says.",
        input_size=own.input_size,
        mean=own.mean,
        std=own.std,
        own_class_names=own.class_names or tuple(f"class {label}" for label in range(own.classes)),
        logits=own.num_classes,
        shown=own.shown or (dataset if dataset != "other" else of_channels),
        sha256=sha256,
    )


def _check_classes(own: OwnNetwork) -> None:
    if not 1 <= own.num_classes <= MAX_CLASSES:
        raise ModelError(
            f"The number of classes must be from 1 to {MAX_CLASSES:,}, with 1 for a single logit of two "
            f"classes; it is {own.num_classes}."
        )
    if own.class_names and len(own.class_names) != own.classes:
        raise ModelError(
            f"There must be a name for each of the {own.classes:,} classes, or none; there are "
            f"{len(own.class_names):,} names."
        )


def _check_images(own: OwnNetwork) -> None:
    if len(own.input_size) != 2 or not all(1 <= side <= MAX_SIDE for side in own.input_size):
        raise ModelError(
            f"The input size is a height and a width from 1 to {MAX_SIDE} pixels; it is "
            f"{' x '.join(map(str, own.input_size))}."
        )
    usable = all(map(math.isfinite, (*own.mean, *own.std)))
    if not usable or len(own.mean) != len(own.std) or len(own.mean) not in (1, 3):
        raise ModelError(
            "Mean and standard deviation need one finite value per channel: three for RGB, one for grey; "
            f"they are {_list(own.mean)} and {_list(own.std)}."
        )
    if min(own.mean) < 0 or max(own.mean) > 1 or min(own.std) <= 0 or max(own.std) > 1:
        raise ModelError(
            "Mean and standard deviation are in the units of images in [0, 1] (divide levels by 255), and a "
            f"standard deviation is positive; they are {_list(own.mean)} and {_list(own.std)}."
        )
    shown = find_dataset(own.shown) if own.shown else None
    if shown and shown.channels != own.channels:
        raise ModelError(
            f"The images of {shown.title} have {shown.channels} channel(s); there are {own.channels} means."
        )


def _list(values: Values) -> str:
    return ", ".join(f"{value:g}" for value in values)
