"""A disk that is full while results are written, and files that are damaged."""

import errno
from pathlib import Path

import pytest

from sparsefool import paths
from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment
from sparsefool.experiments.sweep import Sweep
from sparsefool.store.shards import UNSAVED
from tests.backend.listening import Listening

REQUEST = ExperimentRequest(Sweep(("mnist/lenet",), (3.0,), (255.0,), images=4, batch=2), "cpu")


@pytest.fixture(autouse=True)
def _nothing_shipped(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")


@pytest.fixture
def disk(monkeypatch):
    """A disk on which half a file has room, once it is full."""
    write_bytes, state = Path.write_bytes, {"full": True}

    def write(path, data):
        if not state["full"]:
            return write_bytes(path, data)
        write_bytes(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", write)
    return state


@pytest.mark.usefixtures("disk")
def test_an_experiment_goes_on_and_says_what_could_not_be_saved(tmp_path, caplog):
    table = run_experiment(REQUEST, Listening(), tmp_path)
    assert table.rows["image"].tolist() == [0, 1, 2, 3]
    assert table.provenance[UNSAVED].startswith("No space left on device: ")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing half-written"
    assert "kept in memory only" in caplog.text
    shown = read_experiment(REQUEST.experiment, RecordStore(tmp_path))
    assert shown.rows.equals(table.rows), "a page finds it as if it were stored"


def test_run_again_it_is_saved_and_not_measured_again(disk, tmp_path):
    unsaved = run_experiment(REQUEST, None, tmp_path)
    disk["full"] = False
    saved = run_experiment(REQUEST, None, tmp_path)
    assert len(list(tmp_path.rglob("*.parquet"))) == 2
    assert saved.rows.equals(unsaved.rows), "the seconds too"
    assert UNSAVED not in saved.provenance
