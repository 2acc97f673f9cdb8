"""A transfer between networks that are made in no time, stored as if the real ones had been measured."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sparsefool.experiments.paper.experiments import paper_transfer
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment, run_tasks
from tests.attacks.networks import small_network

LAMBDA = 2.75
"""A λ with which nobody measures."""

IMAGES = 3


def planned_transfer():
    return paper_transfer("imagenet", lambda_=LAMBDA, images=IMAGES)


def store_transfer(folder):
    """Store it in a folder, measured once in this process; return its rows. Two networks are equal."""
    shutil.copytree(_measured(), folder, dirs_exist_ok=True)
    return read_experiment(planned_transfer(), RecordStore(folder, folder / "none")).rows


@cache
def _measured():
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def load(model):
        return small_network(height=224, width=224, classes=1000, seed=int(model[-1]) // 2)

    for _ in run_tasks(
        planned_transfer(), RunContext("cpu", RecordStore(folder, folder / "none"), load=load)
    ):
        pass
    return folder
