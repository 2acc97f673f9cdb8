"""How well many workers are kept busy: blocks that only sleep, as long as measured ones took.

    python -m tests.load.cluster_simulation cifar10 --workers 64 --images 10 --faster 4

The experiment is the comparison of a data set, with so many times as many images as come with the project.
Each block sleeps as long as the stored rows say that it took, divided by ``--faster``. The scheduler, the
client and the workers, a thread each, share this process and its one lock, so what sending costs is rather
overstated. Prints one line of JSON: the seconds that it took, those of the ideal (work shared out evenly, but
no less than the longest block), the share of the workers that were busy in each tenth of the run, and the
processor time that each block has cost.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask
import pandas as pd
from distributed import Client, LocalCluster

from sparsefool.backend.cluster.executor import ClusterExecutor
from sparsefool.data.photographs import Pictures
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks

STORED = RecordStore()

ASLEEP: list[tuple[float, float]] = []
"""When each block began and ended."""


@dataclass(frozen=True)
class Replayed:
    """An attack whose rows are stored, on more images than there are: they are repeated, and take as long."""

    attack: AttackRecord
    times: int
    faster: float

    @property
    def title(self) -> str:
        return self.attack.title

    @property
    def label(self) -> str:
        return f"replayed-{self.attack.label}"

    @property
    def model(self) -> str:
        return self.attack.model

    @property
    def models(self) -> Sequence[str]:
        return self.attack.models

    @property
    def batch(self) -> int:
        return self.attack.batch

    @property
    def setting(self) -> Any:
        return self.attack.setting

    @property
    def sized_by(self) -> Part | None:
        sized_by = self.attack.sized_by
        if sized_by is None:
            return None
        return Part(Replayed(sized_by.record, self.times, self.faster), self.times * sized_by.images)

    @property
    def pictures(self) -> Pictures:
        return Pictures("cifar10", "cifar10", tuple(range(self.times * stored_images(self.attack))))

    def describe(self) -> Mapping[str, Any]:
        return {**self.attack.describe(), "times": self.times, "faster": self.faster}

    def needs(self, first: int, last: int, /) -> Sequence[Task]:  # noqa: ARG002
        return () if self.sized_by is None else self.sized_by.tasks()

    def seconds(self, first: int, last: int) -> float:
        return float(self._rows(first, last)["seconds"].sum())

    def measure(self, first: int, last: int, context: RunContext, /) -> pd.DataFrame:
        started = time.perf_counter()
        end = started + self.seconds(first, last)
        while (left := end - time.perf_counter()) > 0:
            context.check()
            time.sleep(min(left, 1.0))
        ASLEEP.append((started, time.perf_counter()))
        return self._rows(first, last)

    def _rows(self, first: int, last: int) -> pd.DataFrame:
        rows = stored_rows(self.attack).iloc[[at % stored_images(self.attack) for at in range(first, last)]]
        return rows.assign(image=range(first, last), seconds=rows["seconds"] / self.faster)


@lru_cache(maxsize=256)
def stored_rows(attack: AttackRecord) -> pd.DataFrame:
    """Return the rows of all images whose rows come with the project."""
    rows = STORED.rows(Part(attack, 1000))
    return rows.drop(columns="device")


def stored_images(attack: AttackRecord) -> int:
    return len(stored_rows(attack))


def replayed_comparison(dataset: str, times: int, faster: float) -> Comparison:
    """Return the comparison of a data set, as far as its rows are stored, on so many times as many images."""
    runs = [run for run in paper_comparison(dataset).attack_runs if STORED.holds(run.part)]
    return Comparison(
        tuple(AttackRun(Replayed(run.record, times, faster), times * run.images) for run in runs)
    )


def simulate(experiment: Comparison, workers: int) -> dict[str, Any]:
    """Run an experiment whose blocks sleep; return how long it took, and what the least would have been."""
    tasks = experiment.tasks()
    lengths = [task.record.seconds(task.first, task.last) for task in tasks]
    ideal = max(sum(lengths) / workers, max(lengths))
    settings = {
        "distributed.admin.large-graph-warning-threshold": "1 GiB",
        # what each of 64 workers in one process would do 100, 50 and 2 times a second
        "distributed.worker.profile.enabled": False,
        "distributed.admin.tick.interval": "1 s",
        "distributed.admin.system-monitor.interval": "10 s",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, dashboard_address=":0", memory_limit=0
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        store = RecordStore(Path(folder) / "own", Path(folder) / "shipped")
        execute = ClusterExecutor(client, "cpu", store, lambda _: None)
        started, processor = time.perf_counter(), time.process_time()
        for _ in run_tasks(experiment, RunContext("cpu", store), execute):
            pass
        ended, spent = time.perf_counter(), time.process_time() - processor
    seconds = ended - started
    bounds = [started + seconds * tenth / 10 for tenth in range(11)]
    busy = [
        sum(max(0.0, min(end, last) - max(begin, first)) for begin, end in ASLEEP) / (last - first) / workers
        for first, last in pairwise(bounds)
    ]
    return {
        "workers": workers,
        "blocks": len(tasks),
        "work": round(sum(lengths), 1),
        "longest block": round(max(lengths), 1),
        "ideal": round(ideal, 1),
        "seconds": round(seconds, 1),
        "share of the ideal": round(ideal / seconds, 3),
        "busy in each tenth": [round(each, 2) for each in busy],
        "processor seconds per block": round(spent / len(tasks), 4),
    }


def main() -> None:
    """Print what :func:`simulate` returns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--images", type=int, default=10, help="times as many as come with the project")
    parser.add_argument("--faster", type=float, default=1.0)
    given = parser.parse_args()
    print(json.dumps(simulate(replayed_comparison(given.dataset, given.images, given.faster), given.workers)))


if __name__ == "__main__":
    from tests.load import cluster_simulation  # so that workers find the class under this name

    cluster_simulation.main()
