"""What the pages run, on the cluster of the server."""

import pytest

from sparsefool import paths
from sparsefool.backend.cluster.connection import ADDRESS_VARIABLE, WAIT_VARIABLE
from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.errors import ClusterError
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.sweep import Sweep
from sparsefool.zoo.own_networks import forget, register
from tests.backend.cluster.same_rows import assert_same_rows
from tests.backend.listening import Listening
from tests.experiments.made_records import Reading, Squares
from tests.own_network import describe, weights_file

SWEEP = Sweep(("mnist/lenet",), (3.0,), (255.0,), images=4, batch=2)


@pytest.fixture(autouse=True)
def _on_the_cluster(client, monkeypatch, tmp_path):
    monkeypatch.setenv(ADDRESS_VARIABLE, client.scheduler_info()["address"])
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")


def test_an_experiment_runs_there_and_says_how_far_it_is(tmp_path):
    listening = Listening()
    table = run_experiment(ExperimentRequest(SWEEP, "cpu"), listening, tmp_path)
    assert len(table.rows) == 4
    done, total, text, rows = listening.reports[-1]
    assert (done, total, len(rows)) == (4, 4, 4)
    assert text.startswith("4 of 4 images · 2 workers · ")
    assert text.endswith(("images per second", "images per minute"))
    assert any(text == "0 of 4 images · waiting for workers" for _, _, text, _ in listening.reports)


def test_a_network_of_ones_own_stays_here(tmp_path):
    own = register(describe(weights_file())).name
    listening = Listening()
    reading = Reading((Part(Squares(models=(own,)), 4),), (own,))
    try:
        assert len(run_experiment(ExperimentRequest(reading, "cpu"), listening, tmp_path).rows) == 4
    finally:
        forget(own)
    assert not any("worker" in text for _, _, text, _ in listening.reports)


def test_where_all_is_there_no_cluster_is_asked(monkeypatch, tmp_path):
    table = run_experiment(ExperimentRequest(SWEEP, "cpu"), None, tmp_path)
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://127.0.0.1:9")
    assert_same_rows(run_experiment(ExperimentRequest(SWEEP, "cpu"), None, tmp_path).rows, table.rows)


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_where_no_worker_comes_a_run_ends_and_says_what_to_do(monkeypatch, tmp_path, device):
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, processes=False, protocol="tcp://", dashboard_address=":0") as empty:
        monkeypatch.setenv(ADDRESS_VARIABLE, empty.scheduler_address)
        monkeypatch.setenv(WAIT_VARIABLE, "0.2")
        expected = "no worker for 0.2 s. Start workers .*or let it wait longer for them: --worker-wait"
        with pytest.raises(ClusterError, match=expected):
            run_experiment(ExperimentRequest(SWEEP, device), Listening(), tmp_path)
