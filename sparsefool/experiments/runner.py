"""Running an experiment task by task; finished tasks are kept, so it can be interrupted at any moment."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparsefool.devices import device_info, load_per_core
from sparsefool.experiments.experiment import Experiment, RunContext, Task, identity
from sparsefool.store.shards import Shards
from sparsefool.store.tables import Table, write_table
from sparsefool.versions import versions
from sparsefool.zoo.loading import weights_sha256

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ExperimentProgress:
    """How far an experiment has got.

    Attributes:
        done, total: images attacked, and to be attacked in all.
        next: the next task; None at the end.
        rows: all rows so far.
    """

    done: int
    total: int
    next: Task | None
    rows: "pd.DataFrame"


def result_path(experiment: Experiment, folder: Path) -> Path:
    """Return where the finished table of an experiment lies: ``FOLDER/comparison-0123456789ab.parquet``."""
    return folder / f"{experiment.name}-{identity(experiment)}.parquet"


def run_tasks(experiment: Experiment, folder: Path, context: RunContext) -> Iterator[ExperimentProgress]:
    """Run the tasks that are not finished yet, and write the whole table at the end.

    Each task's rows are written as soon as it is done, as a shard in a folder beside the table. An experiment
    that was interrupted continues with the next task; the rows are the same, apart from times.

    Args:
        experiment: what to measure; the weights of its networks are on this machine.
        folder: for its table (:func:`result_path`) and its shards.
        context: the device, and the check that may end the run.

    Yields:
        How far it has got: before the first task, and after each.

    Raises:
        SparseFoolError: a network, the images or a file cannot be used; or what ``context.check`` raises.
    """
    path = result_path(experiment, folder)
    shards, tasks = Shards(path.with_suffix("")), experiment.tasks()
    finished: list[Table] = []
    yield _progress(tasks, finished)
    for task in tasks:
        context.check()
        if task.key not in shards.finished():
            earlier = _merge(finished)
            started = time.perf_counter()
            rows = experiment.run(task, context, earlier)
            shards.write(task.key, Table(rows, _circumstances(context, time.perf_counter() - started)))
        finished += shards.read([task.key])
        if len(finished) == len(tasks):
            write_table(path, Table(_merge(finished), _provenance(experiment, finished)))
        yield _progress(tasks, finished)


def _progress(tasks: Sequence[Task], finished: Sequence[Table]) -> ExperimentProgress:
    done = len(finished)
    return ExperimentProgress(
        done=sum(task.images for task in tasks[:done]),
        total=sum(task.images for task in tasks),
        next=tasks[done] if done < len(tasks) else None,
        rows=_merge(finished),
    )


def _merge(tables: Iterable[Table]) -> "pd.DataFrame":
    """Return the rows of all shards, each with the device it was measured on."""
    import pandas as pd

    rows = [table.rows.assign(device=table.provenance["device"]) for table in tables]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _circumstances(context: RunContext, seconds: float) -> dict[str, Any]:
    return {
        "device": str(device_info(context.device)),
        "versions": versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "load_per_core": load_per_core(),
    }


def _provenance(experiment: Experiment, shards: Sequence[Table]) -> dict[str, Any]:
    """Return the circumstances of all shards, which may have been computed on several days and devices."""
    notes = [shard.provenance for shard in shards]
    dates = sorted(note["date"] for note in notes)
    return {
        "experiment": experiment.name,
        "identity": identity(experiment),
        "description": dict(experiment.describe()),
        "weights_sha256": {model: weights_sha256(model) for model in experiment.models},
        "devices": sorted({note["device"] for note in notes}),
        "versions": _distinct([note["versions"] for note in notes]),
        "first_date": dates[0],
        "date": dates[-1],
        "seconds": round(sum(note["seconds"] for note in notes), 1),
        "load_per_core": _greatest([note.get("load_per_core") for note in notes]),
    }


def _greatest(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(max(known), 2) if known else None


def _distinct(values: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
