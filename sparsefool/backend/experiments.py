"""Running an experiment as a job, and its table as files for other programs."""

import json
from dataclasses import dataclass
from pathlib import Path

from sparsefool.backend.models import loaded_model, within_memory
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.devices import choose_device
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.record_store import RecordStore
from sparsefool.experiments.records import RunContext
from sparsefool.experiments.runner import ExperimentProgress, read_experiment, run_tasks
from sparsefool.store.tables import Table, encode_table
from sparsefool.zoo.loading import is_available


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
    """Run an experiment and return its table; blocks that are there already are not measured again.

    Networks that are not on this machine yet are downloaded first. Call it from one thread per device at a
    time (:func:`sparsefool.backend.jobs.submit` does).

    Args:
        request: what to measure, and where.
        progress: told of downloads and, in images, of each finished block, with all rows so far as payload (a
            data frame); its ``check`` is called after every step of an attack.
        folder: for the blocks; :data:`sparsefool.paths.OWN_RESULTS` where not given.

    Raises:
        SparseFoolError: a network, the images or a file cannot be used.
        DeviceError: the device does not exist, or its memory is full; finished blocks are kept.
        Cancelled: ``progress.check`` raised it; finished blocks are kept.
    """
    device = str(choose_device(request.device))
    progress, store = progress or NullProgress(), RecordStore(folder)
    return within_memory(
        lambda: _run(request.experiment, device, progress, store), device, "What is finished is kept."
    )


def _run(experiment: Experiment, device: str, progress: Progress, store: RecordStore) -> Table:
    experiment.tasks()  # raises if there are not that many test images
    for name in experiment.models:
        if not is_available(name):
            loaded_model(name, device, progress)
    growing = _GrowingTable(progress)
    context = RunContext(
        device, store, progress.check, lambda name: loaded_model(name, device, growing).classifier
    )
    for reached in run_tasks(experiment, context):
        growing.update(reached)
    table = read_experiment(experiment, store)
    assert table is not None
    return table


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
