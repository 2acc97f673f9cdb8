"""Running an experiment as a job, and its table as files for other programs."""

import json
from collections.abc import Callable
from pathlib import Path

import torch

from sparsefool.backend.models import loaded_model
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.data.samples import load_samples
from sparsefool.devices import choose_device, device_info
from sparsefool.errors import DataError, DeviceError
from sparsefool.experiments.experiment import Experiment, RunContext
from sparsefool.experiments.runner import ExperimentProgress, result_path, run_experiment
from sparsefool.store.tables import Table, encode_table, read_table
from sparsefool.zoo.specs import find_spec

ATTACK_CACHE = "attacks"
"""The folder in there for the results of attacks, which experiments share."""


def work_off(experiment: Experiment, folder: Path, device: str, progress: Progress | None = None) -> Table:
    """Work off an experiment and return its table; what is finished already is not computed again.

    Call it from one thread per device at a time (:func:`sparsefool.backend.jobs.submit` does).

    Args:
        experiment: what to measure.
        folder: for its table and parts.
        device: ``"auto"`` or a device name of torch.
        progress: told of each finished task, in images, with all rows so far as payload (a data frame), and
            asked whether to go on after every step of an attack.

    Raises:
        SparseFoolError: a network, the images, a file or the device cannot be used.
        Cancelled: ``progress`` said so; the finished parts are kept.
    """
    progress = progress or NullProgress()
    place = str(choose_device(device))
    telling = _RowsSoFar(progress)
    context = RunContext(
        place,
        progress.check,
        lambda name: loaded_model(name, place, telling).classifier,
        folder / ATTACK_CACHE,
    )
    try:
        for advance in run_experiment(experiment, folder, context):
            telling.advance(advance)
    except torch.OutOfMemoryError as error:
        raise DeviceError(
            f"The memory of {device_info(place)} is full. What is finished is kept; choose a smaller network "
            "or another device."
        ) from error
    return read_table(result_path(experiment, folder))


def check_images(model: str, images: int) -> None:
    """Demand that there are so many test images for a network.

    Raises:
        DataError: there are not.
    """
    spec = find_spec(model)
    there = len(load_samples(spec.dataset, spec.input_size))
    if images > there:
        raise DataError(f"There are {there} test images of {spec.dataset}; {images} were asked for.")


class _RowsSoFar:
    """Progress that goes on showing the rows so far while a network is loaded."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._latest: ExperimentProgress | None = None
        self.check: Callable[[], None] = progress.check

    def advance(self, advance: ExperimentProgress) -> None:
        self._latest = advance
        self.report(0, 0, advance.next.title if advance.next else "Done")

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:  # noqa: ARG002
        at = self._latest
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
