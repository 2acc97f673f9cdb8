from dataclasses import replace

import pytest
import torch

from sparsefool import paths
from sparsefool.backend import models
from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.errors import Cancelled, DataError, DeviceError
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.sweep import Sweep
from sparsefool.zoo import loading
from tests.backend.listening import Listening
from tests.experiments.made_records import Reading, Squares
from tests.tiny_model import tiny_classifier

REQUEST = ExperimentRequest(Sweep(("mnist/lenet",), (3.0,), (255.0,), images=4, batch=2), "cpu")
FAR = "imagenet/vgg16"


@pytest.fixture(autouse=True)
def _nothing_shipped(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")


def test_the_rows_so_far_come_with_the_progress(tmp_path):
    listening = Listening()
    table = run_experiment(REQUEST, listening, tmp_path)
    grown = [(done, total, len(payload)) for done, total, _, payload in listening.reports if total]
    assert list(dict.fromkeys(grown)) == [(0, 4, 0), (2, 4, 2), (4, 4, 4)]
    assert len(table.rows) == 4
    assert table.provenance["description"]["images"] == 4


def test_cancelled_it_keeps_what_is_finished_and_goes_on_from_there(tmp_path):
    class UntilTheFirstBatch(Listening):
        def check(self):
            if any(done >= 2 for done, total, *_ in self.reports if total):
                raise Cancelled("enough")

    with pytest.raises(Cancelled):
        run_experiment(REQUEST, UntilTheFirstBatch(), tmp_path)
    listening = Listening()
    run_experiment(REQUEST, listening, tmp_path)
    rows = [payload for *_, payload in listening.reports if payload is not None]
    assert len(rows[0]) == 2, "the finished block is not done again"
    assert rows[0]["seconds"].tolist() == rows[-1]["seconds"].tolist()[:2]


def test_without_a_folder_the_blocks_are_among_the_own_results(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path / "own")
    run_experiment(REQUEST)
    assert len(list((tmp_path / "own").glob("*/sparsefool-mnist-lenet-*/*.parquet"))) == 2


def reading(*models, error=None):
    """Return the request for rows that take no time, or raise an error."""
    record = Squares(models=models, error=error)
    return ExperimentRequest(Reading((Part(record, 4),), models), "cpu")


@pytest.fixture
def far_network(monkeypatch, tmp_path):
    """A network whose weights are not on this machine; the names and devices for which it was fetched."""
    weights, fetched = tmp_path / "vgg16.pth", []

    def load(name, device, on_progress):
        fetched.append((name, device))
        on_progress(1, 2)
        weights.write_bytes(b"weights")
        return tiny_classifier()

    monkeypatch.setattr(loading, "_locate", lambda _: weights if weights.exists() else None)
    monkeypatch.setattr(models, "load_model", load)
    monkeypatch.setattr(models, "_loaded", type(models._loaded)(models._loaded.default_factory))
    return fetched


def test_a_network_that_is_not_here_is_fetched_first_with_progress(far_network, tmp_path):
    listening = Listening()
    table = run_experiment(reading(FAR), listening, tmp_path)
    assert far_network == [(FAR, "cpu")]
    assert [(done, total, text) for done, total, text, _ in listening.reports[:2]] == [
        (0, 0, f"Loading {FAR}"),
        (1, 2, f"Downloading {FAR}"),
    ]
    assert set(table.provenance["weights_sha256"]) == {FAR}


def test_cancelling_ends_the_download(far_network, tmp_path):
    with pytest.raises(Cancelled):
        run_experiment(reading(FAR), Listening(checks=0), tmp_path)
    assert far_network == [(FAR, "cpu")]
    assert not list(tmp_path.rglob("*.parquet"))


def too_large_for_the_cpu():
    with pytest.raises(RuntimeError) as raised:
        torch.empty(10**15)
    return raised.value


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA"), too_large_for_the_cpu(), MemoryError()])
def test_a_full_memory_is_one_error_that_keeps_no_tensor_alive(error, tmp_path):
    with pytest.raises(DeviceError, match=r"The memory of .*\(cpu, .*\) is full") as raised:
        run_experiment(reading(error=error), None, tmp_path)
    assert raised.value.__context__ is None, "its frames would keep the memory"


def test_another_error_stays_what_it_is(tmp_path):
    with pytest.raises(RuntimeError, match="no such thing"):
        run_experiment(reading(error=RuntimeError("no such thing")), None, tmp_path)


def test_more_images_than_there_are_is_said_before_anything_runs(tmp_path):
    too_many = replace(REQUEST, experiment=replace(REQUEST.experiment, images=1001))
    with pytest.raises(DataError, match="1000 test images of mnist; 1001"):
        run_experiment(too_many, Listening(checks=0), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_another_experiment_attacked_is_not_attacked_again(tmp_path):
    run_experiment(REQUEST, None, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert len(written) == 2
    more = replace(REQUEST, experiment=replace(REQUEST.experiment, lambdas=(3.0, 5.0), images=3))
    assert len(run_experiment(more, None, tmp_path).rows) == 6
    assert all(path.stat().st_mtime_ns == before for path, before in written.items())
    assert len(list(tmp_path.rglob("*.parquet"))) == 4
