"""Running an experiment block by block; finished blocks are kept, so it can be interrupted at any moment."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparsefool.experiments.costs import Costs, Pace
from sparsefool.experiments.experiment import Experiment, identity
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore, circumstances
from sparsefool.store.tables import Table
from sparsefool.zoo.loading import weights_sha256

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ExperimentProgress:
    """How far an experiment has got.

    Attributes:
        done, total: images measured, and to be measured in all.
        next: the first block that is not there yet; None at the end.
        pace: in words, images per second and the time left.
        read: reads the rows that are there.
    """

    done: int
    total: int
    next: Task | None
    pace: Pace
    read: Callable[[], "pd.DataFrame"]

    @property
    def rows(self) -> "pd.DataFrame":
        """The rows that are there now; they are read each time, which takes long if there are many."""
        return self.read()


Executor = Callable[[Sequence[Task], RunContext, Costs], Iterator[Task]]
"""Measures blocks, keeps their rows among the context's records, learns what they cost, and yields each block
once it is kept. What is kept already is not measured again."""


def one_by_one(tasks: Sequence[Task], context: RunContext, costs: Costs) -> Iterator[Task]:
    """Measure blocks here, one after the other: the :data:`Executor` where no other is given."""
    for task in tasks:
        context.check()
        if not context.records.has(task):
            started = time.perf_counter()
            context.records.measure(task, context)
            costs.learn(task, time.perf_counter() - started)
        yield task


def run_tasks(
    experiment: Experiment, context: RunContext, execute: Executor = one_by_one
) -> Iterator[ExperimentProgress]:
    """Measure the blocks that are not there yet.

    An experiment that was interrupted continues with the next block; the rows are the same, apart from times.

    Args:
        experiment: what to measure; the weights of its networks are on this machine.
        context: the device, where rows are kept, and the check that may end the run.
        execute: measures the blocks, here or elsewhere.

    Yields:
        How far it has got: before the first block that is missing, and after each.

    Raises:
        SparseFoolError: a network, the images or a file cannot be used; or what ``context.check`` raises.
    """
    store = context.records
    tasks = experiment.tasks()
    total = sum(task.images for task in tasks)
    missing = dict.fromkeys(task for task in tasks if not store.has(task))
    costs = Costs(store)
    pace = Pace(missing, costs)
    left = sum(task.images for task in missing)

    def reached() -> ExperimentProgress:
        first = next(iter(missing), None)
        return ExperimentProgress(total - left, total, first, pace, lambda: experiment.table(store.rows))

    yield reached()
    for task in execute(list(missing), context, costs) if missing else ():
        del missing[task]
        left -= task.images
        pace.finish(task)
        yield reached()


def read_experiment(experiment: Experiment, store: RecordStore) -> Table | None:
    """Return the table of an experiment, if all its blocks are there, with where each row comes from.

    The provenance names every record; its ``seconds`` are those that all rows together have cost.

    Raises:
        DataError: there are not that many test images.
        ModelError: a network is unknown or its weights are not on this machine.
        StoreError: a file is damaged; the message names it.
    """
    if not all(store.has(task) for task in experiment.tasks()):
        return None
    return Table(experiment.table(store.rows), _provenance(experiment, store))


def is_shipped(experiment: Experiment, store: RecordStore) -> bool:
    """Return whether all rows of an experiment come with the project."""
    return all(store.is_shipped(part) for part in experiment.parts())


def _provenance(experiment: Experiment, store: RecordStore) -> dict[str, Any]:
    parts = experiment.parts()
    return {
        "experiment": experiment.name,
        "identity": identity(experiment),
        "description": dict(experiment.describe()),
        "records": [_described(part) for part in parts],
        "weights_sha256": {model: weights_sha256(model) for model in experiment.models},
        **circumstances(table for part in parts for table in store.tables(part)),
        "seconds": round(sum(float(store.rows(part)["seconds"].sum()) for part in parts), 1),
    }


def _described(part: Part) -> dict[str, Any]:
    return {**part.record.describe(), "images": part.images}
