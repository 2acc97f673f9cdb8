"""Records: rows about the test images of a network, one per image, measured once and read by all experiments.

An image's row may depend, by rounding, on the images beside which it was computed. So a record is measured in
whole blocks: images 0 to ``batch`` − 1, then the next ``batch``, and so on, whoever asks and for however many
images.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.classifier import Classifier
from sparsefool.data.galleries import Gallery
from sparsefool.data.photographs import LoadedPictures, Pictures
from sparsefool.data.samples import count_samples, load_samples
from sparsefool.errors import DataError
from sparsefool.zoo.loading import load_model, weights_sha256
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT = "left_out"
"""Where rows, in their ``attrs``, and provenances tell why pictures could not be read, by their names."""


@runtime_checkable
class Record(Protocol):
    """A frozen description of rows about the test images of one network."""

    @property
    def title(self) -> str:
        """What is measured, as shown to a person."""

    @property
    def label(self) -> str:
        """The kind of record, a word that is a valid file name."""

    @property
    def model(self) -> str:
        """The network whose test images they are."""

    @property
    def models(self) -> Sequence[str]:
        """The networks whose weights the rows depend on."""

    @property
    def batch(self) -> int:
        """Images of a block."""

    def describe(self) -> Mapping[str, Any]:
        """Return everything that decides what the rows are, ready for JSON."""

    def measure(self, first: int, last: int, context: "RunContext", /) -> "pd.DataFrame":
        """Return the rows of images ``first`` to ``last`` (exclusive), a block, with their ``image`` numbers.

        The column ``seconds`` holds what each image has cost.
        """


@runtime_checkable
class DependentRecord(Record, Protocol):
    """A record whose rows are computed from those of other records."""

    def needs(self, first: int, last: int, /) -> "Sequence[Task]":
        """Return the blocks of other records whose rows :meth:`measure` reads for these images."""


@dataclass(frozen=True)
class Task:
    """One block of a record: images ``first`` to ``last`` (exclusive)."""

    record: Record
    first: int
    last: int

    @property
    def title(self) -> str:
        """What is done, as shown to a person."""
        return self.record.title

    @property
    def images(self) -> int:
        """How many images are measured; progress counts them."""
        return self.last - self.first

    def needs(self) -> "Sequence[Task]":
        """Return the blocks of other records that have to be there before."""
        return self.record.needs(self.first, self.last) if isinstance(self.record, DependentRecord) else ()


@dataclass(frozen=True)
class Part:
    """The first so many images of a record."""

    record: Record
    images: int

    def tasks(self) -> Sequence[Task]:
        """Return the blocks that hold these images; the last one may hold more.

        Raises:
            DataError: there are not that many.
        """
        there = count_images(self.record)
        if not 0 < self.images <= there:
            pictures = pictures_of(self.record)
            kind = f"test images of {find_spec(self.record.model).dataset}"
            named = kind if pictures is None else f"pictures of {pictures.source}"
            raise DataError(f"There are {there} {named}; {self.images} were asked for.")
        batch = self.record.batch
        return [Task(self.record, first, min(first + batch, there)) for first in range(0, self.images, batch)]


def count_images(record: Record) -> int:
    """Return how many images there are for a record: pictures of its own, or its network's test images.

    Raises:
        DataError: the data set's file is missing or damaged.
        ModelError: there is no such network.
    """
    pictures = pictures_of(record)
    return count_test_images(record.model) if pictures is None else len(pictures)


def pictures_of(record: Record) -> Pictures | None:
    """Return the pictures that a record is about instead of the test images; None if it is about these."""
    pictures: Pictures | None = getattr(record, "pictures", None)
    return pictures


def count_test_images(model: str) -> int:
    """Return how many test images there are for a network.

    Raises:
        DataError: the data set's file is missing or damaged.
        ModelError: there is no such network.
    """
    return count_samples(find_spec(model).dataset)


def record_key(record: Record) -> str:
    """Return the name of a record's file, without an ending.

    It depends on what is measured and on the weights of the networks.

    Raises:
        ModelError: a network is unknown or its weights are not on this machine.
    """
    content = {
        "description": dict(record.describe()),
        "weights": {model: weights_sha256(model) for model in record.models},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
    return f"{record.label}-{re.sub('[^a-z0-9]+', '-', record.model)}-{digest}"


@runtime_checkable
class Records(Protocol):
    """Rows that are there already, and a place for those that are measured."""

    def has(self, task: Task, /) -> bool:
        """Return whether the rows of a block are there."""

    def rows(self, part: Part, /) -> "pd.DataFrame":
        """Return the rows of a part that are there, each with the device it was measured on."""

    def measure(self, task: Task, context: "RunContext", /) -> None:
        """Measure a block and keep it."""


class RunContext:
    """What records are measured with: networks and images on one device, and a check that may end the run.

    Args:
        device: a torch device name.
        records: where rows are read and kept.
        check: called often; what it raises ends the run.
        load: returns a network on the device; :func:`~sparsefool.load_model` where not given.
    """

    def __init__(
        self,
        device: str,
        records: Records,
        check: Callable[[], object] = lambda: None,
        load: Callable[[str], Classifier] | None = None,
    ) -> None:
        self.device, self.records, self.check = device, records, check
        self._load = load or (lambda name: load_model(name, device))
        self._models: dict[str, Classifier] = {}
        self._boundary: tuple[object, tuple[Boundary, float]] | None = None
        self._rows: tuple[object, pd.DataFrame] | None = None

    def classifier(self, model: str) -> Classifier:
        """Return a network on the device; it is loaded once.

        Raises:
            ModelError: it is unknown, or its weights are missing, damaged or out of reach.
        """
        if model not in self._models:
            self._models[model] = self._load(model)
        return self._models[model]

    def images(self, model: str, first: int, last: int) -> Gallery:
        """Return test images ``first`` to ``last`` (exclusive) in the size a network takes, on the CPU.

        Raises:
            DataError: there are not that many.
        """
        spec = find_spec(model)
        samples = load_samples(spec.dataset, spec.input_size)
        if not 0 <= first < last <= len(samples):
            raise DataError(f"There are {len(samples)} test images of {spec.dataset}; {last} were asked for.")
        return samples.part(first, last)

    def load(self, model: str, pictures: Pictures | None, first: int, last: int) -> LoadedPictures:
        """Return likewise those of some pictures that can be read; test images if there are no ``pictures``.

        Raises:
            DataError: there are not that many, or they are missing.
        """
        if pictures is None:
            return LoadedPictures(self.images(model, first, last), tuple(range(first, last)), {})
        return pictures.load(find_spec(model).input_size, first, last)

    def originals(
        self, model: str, pictures: Pictures | None, rows: "pd.DataFrame"
    ) -> Float[Tensor, "n c h w"]:
        """Return the originals of an attack's rows, which are of one block, in their order.

        Raises:
            DataError: one cannot be read any more.
        """
        first, last = int(rows["image"].min()), int(rows["image"].max()) + 1
        loaded = self.load(model, pictures, first, last)
        places = {number: at for at, number in enumerate(loaded.numbers)}
        gone = [image for image in rows["image"].tolist() if image not in places]
        if gone:
            raise DataError(f"Pictures that were attacked can no longer be read: {loaded.left_out}.")
        return loaded.gallery.images[[places[image] for image in rows["image"].tolist()]]

    def rows(self, record: Record, first: int, last: int) -> "pd.DataFrame":
        """Return the rows of images ``first`` to ``last`` (exclusive); missing blocks are measured.

        The last ones are kept: many blocks may need the same rows, one after the other.

        Raises:
            DataError: there are not that many test images.
        """
        key = record, first, last
        if self._rows is None or self._rows[0] != key:
            part = Part(record, last)
            for task in part.tasks():
                if task.last > first and not self.records.has(task):
                    self.records.measure(task, self)
            rows = self.records.rows(part)
            self._rows = key, rows if rows.empty else rows[rows["image"] >= first].reset_index(drop=True)
        return self._rows[1]

    def first_boundary(
        self, key: object, find: Callable[[], tuple[Boundary, float]]
    ) -> tuple[Boundary, float]:
        """Return the boundary of a block and the seconds it took; only the last one is kept.

        Args:
            key: everything that it depends on.
            find: finds it.
        """
        if self._boundary is None or self._boundary[0] != key:
            self._boundary = key, find()
        return self._boundary[1]
