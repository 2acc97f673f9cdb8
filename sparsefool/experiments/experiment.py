"""What an experiment is: a frozen description of a reading of records, and the tasks that fill them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sparsefool.data.photographs import Pictures
from sparsefool.experiments.records.record import Part, Task
from sparsefool.zoo.loading import weights_sha256

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[Part], "pd.DataFrame"]
"""Returns the rows of a part that there are; none before its first block is measured."""

Holds = Callable[[Part], bool]
"""Returns whether all rows of a part are there."""


@runtime_checkable
class Experiment(Protocol):
    """A frozen description of what is measured; equal descriptions give equal rows, apart from times."""

    @property
    def name(self) -> str:
        """The kind of experiment."""

    @property
    def models(self) -> Sequence[str]:
        """The networks whose weights the rows depend on."""

    @property
    def images(self) -> int:
        """How many test images of each network are attacked, at most."""

    def parts(self) -> Sequence[Part]:
        """Return the records it reads, those first on which others depend."""

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of all parts in the order in which they are measured."""

    def stored(self, holds: Holds, /) -> "Experiment | None":
        """Return what of it can be read: with the networks and attacks whose rows are all there, if any."""

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return its rows, as far as its parts are measured."""

    def describe(self) -> Mapping[str, Any]:
        """Return everything that decides what the rows are, ready for JSON."""


def stored_fields(
    experiment: object, names: Sequence[str], pictures: Pictures | None = None
) -> dict[str, Any]:
    """Return fields of an experiment that have the same names on disk, by these names, and its pictures."""
    fields = {name: getattr(experiment, name) for name in names}
    return fields if pictures is None else {**fields, "pictures": dict(pictures.describe())}


def part_after_part(parts: Sequence[Part]) -> Sequence[Task]:
    """Return the blocks of each part, one part after the other."""
    return [task for part in parts for task in part.tasks()]


def block_after_block(parts: Sequence[Part]) -> Sequence[Task]:
    """Return the blocks of all parts, those of the first images first."""
    return sorted(part_after_part(parts), key=lambda task: task.first)


def identity(experiment: Experiment) -> str:
    """Return twelve hexadecimal digits that two experiments share only if they measure the same.

    They depend on the description and on the weights of the networks.

    Raises:
        ModelError: a network is unknown or its weights are not on this machine.
    """
    content = {
        "name": experiment.name,
        "description": dict(experiment.describe()),
        "weights": {model: weights_sha256(model) for model in experiment.models},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
