"""A transfer between networks that are made in no time, stored as if the real ones had been measured."""

import pandas as pd

from sparsefool.experiments.experiment import RunContext, identity
from sparsefool.experiments.paper import paper_transfer
from sparsefool.experiments.runner import result_path
from sparsefool.store.tables import Table, write_table
from tests.attacks.networks import small_network

LAMBDA = 2.75
"""A λ with which nobody measures."""

IMAGES = 3


def planned_transfer():
    return paper_transfer("imagenet", lambda_=LAMBDA, images=IMAGES)


def transfer_rows(planned):
    def load(model):
        return small_network(height=224, width=224, classes=1000, seed=int(model[-1]) // 2)

    bench, rows = RunContext("cpu", load=load), pd.DataFrame()
    for task in planned.tasks():
        rows = pd.concat([rows, planned.run(task, bench, rows)], ignore_index=True)
    return rows


def store_transfer(folder):
    """Store the rows; return the path of the table."""
    planned = planned_transfer()
    note = {
        "experiment": planned.name,
        "identity": identity(planned),
        "description": dict(planned.describe()),
        "devices": ["a test"],
        "first_date": "2026-01-02T03:04:05+00:00",
        "date": "2026-01-02T03:04:05+00:00",
        "seconds": 6.0,
    }
    path = result_path(planned, folder)
    write_table(path, Table(transfer_rows(planned), note))
    return path
