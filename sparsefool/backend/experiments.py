"""Running an experiment as a job, and its table as files for other programs."""

import json
from dataclasses import dataclass
from pathlib import Path

from sparsefool import paths
from sparsefool.backend.models import loaded_model, within_memory
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.data.samples import load_samples
from sparsefool.devices import choose_device
from sparsefool.errors import DataError
from sparsefool.experiments.experiment import Experiment, RunContext
from sparsefool.experiments.runner import ExperimentProgress, result_path, run_tasks
from sparsefool.store.tables import Table, encode_table, read_table
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import find_spec

ATTACK_CACHE = "attacks"
"""The folder, beside the tables, of the attack results that experiments share."""


@dataclass(frozen=True)
class ExperimentRequest:
    """An experiment and where it shall run.

    Attributes:
        experiment: what to measure.
        device: ``"auto"`` or a device name of torch.
    """

    experiment: Experiment
    device: str = "auto"

    @property
    def subject(self) -> tuple[str, ...]:
        """The kind of experiment."""
        return (self.experiment.name,)


def run_experiment(
    request: ExperimentRequest, progress: Progress | None = None, folder: Path | None = None
) -> Table:
    """Run an experiment and return its table; tasks that are finished already are not computed again.

    Networks that are not on this machine yet are downloaded first. Call it from one thread per device at a
    time (:func:`sparsefool.backend.jobs.submit` does).

    Args:
        request: what to measure, and where.
        progress: told of downloads and, in images, of each finished task, with all rows so far as payload (a
            data frame); its ``check`` is called after every step of an attack.
        folder: for the table and its shards; :data:`sparsefool.paths.OWN_RESULTS` where not given.

    Raises:
        SparseFoolError: a network, the images or a file cannot be used.
        DeviceError: the device does not exist, or its memory is full; finished tasks are kept.
        Cancelled: ``progress.check`` raised it; finished tasks are kept.
    """
    device = str(choose_device(request.device))
    progress, folder = progress or NullProgress(), folder or paths.OWN_RESULTS
    return within_memory(
        lambda: _run(request.experiment, device, progress, folder), device, "What is finished is kept."
    )


def _run(experiment: Experiment, device: str, progress: Progress, folder: Path) -> Table:
    for name in experiment.models:
        check_images(name, experiment.images)
    for name in experiment.models:
        if not is_available(name):
            loaded_model(name, device, progress)
    growing = _GrowingTable(progress)
    context = RunContext(
        device,
        progress.check,
        lambda name: loaded_model(name, device, growing).classifier,
        folder / ATTACK_CACHE,
    )
    for reached in run_tasks(experiment, folder, context):
        growing.update(reached)
    return read_table(result_path(experiment, folder))


class _GrowingTable:
    """The progress of an experiment, whose rows so far stay the payload while a network is loaded."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._reached: ExperimentProgress | None = None
        self.check = progress.check

    def update(self, reached: ExperimentProgress) -> None:
        self._reached = reached
        self.report(0, 0, reached.next.title if reached.next else "Done")

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:  # noqa: ARG002
        at = self._reached
        if at is not None:
            self._progress.report(at.done, at.total, f"{at.done} of {at.total} images · {text}", at.rows)


def check_images(model: str, images: int) -> None:
    """Raise an error unless there are so many test images for a network.

    Raises:
        DataError: there are not.
    """
    spec = find_spec(model)
    there = len(load_samples(spec.dataset, spec.input_size))
    if images > there:
        raise DataError(f"There are {there} test images of {spec.dataset}; {images} were asked for.")


LISTS = ("changed_at", "changed_to")


def table_csv(table: Table) -> bytes:
    """Return the rows as CSV; lists of values are written with spaces between them."""
    rows = table.rows.copy()
    for column in LISTS:
        if column in rows:
            rows[column] = [" ".join(map(str, values)) for values in rows[column]]
    return bytes(rows.to_csv(index=False).encode())


def table_parquet(table: Table) -> bytes:
    """Return the table as Parquet, its provenance inside."""
    return encode_table(table)


def provenance_json(table: Table) -> bytes:
    """Return what was measured, with what, on what and when, as JSON."""
    return json.dumps(dict(table.provenance), indent=2, ensure_ascii=False).encode() + b"\n"
