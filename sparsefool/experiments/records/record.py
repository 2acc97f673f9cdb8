"""Records: rows about the test images of a network, one per image, measured once and read by all experiments.

An image's row may depend, by rounding, on the images beside which it was computed. So a record is measured in
whole blocks: images 0 to ``batch`` − 1, then the next ``batch``, and so on, whoever asks and for however many
images.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sparsefool.data.photographs import Pictures
from sparsefool.data.samples import count_samples
from sparsefool.errors import DataError
from sparsefool.zoo.loading import weights_sha256
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

    from sparsefool.experiments.records.run_context import RunContext

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
