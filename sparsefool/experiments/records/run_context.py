"""What records are measured with: networks, images and the rows of other records, on one device."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.classifier import Classifier
from sparsefool.data.galleries import Gallery
from sparsefool.data.photographs import LoadedPictures, Pictures
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError
from sparsefool.experiments.records.record import Part, Record, Task
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


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
