"""Running an experiment as a job, here or on a cluster."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sparsefool.backend.cluster.connection import Cluster, cluster_of_this_server, connected
from sparsefool.backend.models import loaded_model, within_memory
from sparsefool.backend.placement import place_of
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import (
    Executor,
    ExperimentProgress,
    one_by_one,
    read_experiment,
    run_tasks,
)
from sparsefool.store.shards import save_again
from sparsefool.store.tables import Table
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


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
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return tuple(self.experiment.models)

    @property
    def subject(self) -> tuple[str, ...]:
        """The kind of experiment."""
        return (self.experiment.name,)


def run_experiment(
    request: ExperimentRequest,
    progress: Progress | None = None,
    folder: Path | None = None,
    cluster: Cluster | None = None,
    *,
    anew: bool = False,
) -> Table:
    """Run an experiment and return its table; blocks that are there already are not measured again.

    Networks that are not on this machine yet are downloaded first. Call it from one thread per device at a
    time (:class:`sparsefool.backend.work.devices.DevicePool` does).

    Args:
        request: what to measure, and where.
        progress: told of downloads and, in images, of each finished block, with all rows so far as payload (a
            data frame); its ``check`` is called after every step of an attack.
        folder: for the blocks; :data:`sparsefool.paths.OWN_RESULTS` where not given.
        cluster: where blocks are measured; where not given, on the cluster of this server if it has one, and
            otherwise here.
        anew: whether blocks that come with the project are measured all the same.

    Raises:
        SparseFoolError: a network, the images or a file cannot be used.
        DeviceError: the device does not exist, or its memory is full; finished blocks are kept.
        ClusterError: the cluster is out of reach, has no worker, or none that can be used; finished blocks
            are kept.
        Cancelled: ``progress.check`` raised it; finished blocks are kept.
    """
    progress, store = progress or NullProgress(), RecordStore(folder, anew=anew)
    growing = _GrowingTable(progress)
    cluster = cluster or cluster_of_this_server()
    only_here = any(find_spec(model).source == "own" for model in request.experiment.models)
    if cluster is None or only_here or all(map(store.holds, request.experiment.parts())):
        device = place_of(request.device)
        return within_memory(
            lambda: _run(request.experiment, device, growing, store), device, "What is finished is kept."
        )
    with connected(cluster, request.device) as client:
        from sparsefool.backend.cluster.executor import ClusterExecutor

        device = cluster.kind_of_device(request.device)
        execute = ClusterExecutor(client, device, store, growing.say, cluster.worker_wait)
        return _run(request.experiment, "cpu", growing, store, execute)


def _run(
    experiment: Experiment,
    device: str,
    growing: "_GrowingTable",
    store: RecordStore,
    execute: Executor = one_by_one,
) -> Table:
    save_again()
    experiment.tasks()  # raises if there are not that many test images
    for name in experiment.models:
        if not is_available(name):
            loaded_model(name, device, growing.progress)
    context = RunContext(
        device, store, growing.check, lambda name: loaded_model(name, device, growing).classifier
    )
    for reached in run_tasks(experiment, context, execute):
        growing.update(reached)
    table = read_experiment(experiment, store)
    assert table is not None
    return table


READING, READING_SECONDS = 0.1, 1.0
"""Share of the time, beyond some seconds, that may go into reading all rows so far for those who watch."""


class _GrowingTable:
    """The progress of an experiment, whose rows so far stay the payload while a network is loaded."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.check = progress, progress.check
        self._reached: ExperimentProgress | None = None
        self._rows: pd.DataFrame | None = None
        self._started, self._spent = time.perf_counter(), 0.0
        self._where = ""

    def update(self, reached: ExperimentProgress) -> None:
        self._reached = reached
        started = time.perf_counter()
        if self._spent <= READING_SECONDS + READING * (started - self._started) or reached.next is None:
            self._rows = reached.rows
            self._spent += time.perf_counter() - started
        title = reached.next.title if reached.next else "Done"
        self.report(0, 0, f"{self._where} · {reached.pace}" if self._where else title)

    def say(self, where: str) -> None:
        """Tell about the cluster on which it runs."""
        if where != self._where:
            self._where = where
            self.report(0, 0, where)

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:  # noqa: ARG002
        at = self._reached
        if at is not None:
            self.progress.report(at.done, at.total, f"{at.done} of {at.total} images · {text}", self._rows)
