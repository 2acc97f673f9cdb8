"""A transfer between networks that are made in no time, stored as if the real ones had been measured."""

from sparsefool.experiments.paper import paper_transfer
from sparsefool.experiments.record_store import RecordStore
from sparsefool.experiments.records import RunContext
from sparsefool.experiments.runner import run_tasks
from tests.attacks.networks import small_network

LAMBDA = 2.75
"""A λ with which nobody measures."""

IMAGES = 3


def planned_transfer():
    return paper_transfer("imagenet", lambda_=LAMBDA, images=IMAGES)


def store_transfer(folder):
    """Measure it into a folder; return its rows. The first two networks are equal."""

    def load(model):
        return small_network(height=224, width=224, classes=1000, seed=int(model[-1]) // 2)

    context = RunContext("cpu", RecordStore(folder, folder / "shipped"), load=load)
    return list(run_tasks(planned_transfer(), context))[-1].rows
