"""Clusters of real processes, some of which are killed."""

import subprocess
import sys

import pytest

from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.sweep import Sweep
from tests.backend.cluster.processes import PATIENCE, Processes, wait_until
from tests.backend.cluster.same_rows import assert_same_rows

pytestmark = pytest.mark.program

SWEEP = Sweep(("mnist/lenet",), (2.25, 2.75), (255.0,), images=200, batch=20)
COMMAND = ("sweep", "mnist", "--lambda", "2.25", "--lambda", "2.75", "--images", "200", "--device", "cpu")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The rows of a run in this process."""
    store = RecordStore(tmp_path_factory.mktemp("here"))
    list(run_tasks(SWEEP, RunContext("cpu", store)))
    return read_experiment(SWEEP, store).rows


@pytest.fixture
def processes():
    with Processes() as processes:
        yield processes


def test_whoever_is_killed_the_table_is_the_same_in_the_end(processes, expected, tmp_path):
    """One after the other are killed a client, a worker and the scheduler of one cluster."""
    cluster = {}
    cluster["scheduler"], address = processes.start_scheduler(tmp_path / "scheduler.json")
    cluster["worker"], _ = (processes.start_worker(address, f"worker-{number}") for number in range(2))
    for victim in ("client", "worker", "scheduler"):
        results = tmp_path / victim
        cluster["client"] = client = processes.start_experiment(results, address, *COMMAND)
        wait_until(lambda results=results: list(results.rglob("*.parquet")), client)
        assert client.poll() is None
        cluster[victim].kill()
        _, err = client.communicate(timeout=PATIENCE)
        if victim == "worker":
            assert client.returncode == 0, err
            assert "400 rows" in err
        else:
            assert len(list(results.rglob("*.parquet"))) < 20, "it was not finished yet"
        if victim == "scheduler":
            assert client.returncode == 2
            assert "connection to the scheduler of the cluster is lost. What is finished is kept" in err
        assert "Traceback" not in err
        assert_the_rest_follows(results, expected)


def assert_the_rest_follows(results, expected):
    """Check that here the same experiment measures only what is missing, and that all rows are then there."""
    store = RecordStore(results)
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.parquet")}
    list(run_tasks(SWEEP, RunContext("cpu", store)))
    assert all(path.stat().st_mtime_ns == written for path, written in before.items())
    assert_same_rows(read_experiment(SWEEP, store).rows, expected)


def test_a_local_cluster_is_started_and_ended_with_the_command(processes, expected, tmp_path):
    client = processes.start_experiment(tmp_path, "local", *COMMAND)
    _, err = client.communicate(timeout=PATIENCE)
    assert client.returncode == 0, err
    waited = "Waiting for workers of the cluster.\n"  # on a busy machine
    assert err.removeprefix(waited) == f"400 rows; they are kept in {tmp_path}\n"
    assert_same_rows(read_experiment(SWEEP, RecordStore(tmp_path)).rows, expected)


def test_without_a_cluster_dask_is_not_imported():
    program = "import sys, sparsefool.cli.main; print({'dask', 'distributed'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
