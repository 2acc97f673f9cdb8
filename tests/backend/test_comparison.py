import csv
import io
import json

import pytest

from sparsefool import paths
from sparsefool.backend.comparison import adversarial_picture, comparison_request, original_picture
from sparsefool.backend.experiments import run_experiment
from sparsefool.backend.exports.rows import provenance_json, table_csv, table_parquet
from sparsefool.backend.models import loaded_model
from sparsefool.backend.progress import NullProgress
from sparsefool.errors import Cancelled, DataError, ParameterError
from sparsefool.experiments.records.columns import COLUMNS
from sparsefool.store.tables import read_table

LENET = ("mnist/lenet",)
REQUEST = comparison_request("mnist", LENET, ("SparseFool", "Random noise"), 50)


class Noting:
    """Progress that keeps what it is told, and cancels at a number of images."""

    def __init__(self, until=None):
        self.told, self.until = [], until

    def report(self, done, total, text, payload=None):
        self.told.append((done, total, text, payload))

    def check(self):
        if self.until is not None and self.told and self.told[-1][0] >= self.until:
            raise Cancelled("enough")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    return tmp_path


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "OWN_RESULTS", tmp_path_factory.mktemp("results"))
        patch.setattr(paths, "SHIPPED_RESULTS", tmp_path_factory.mktemp("shipped"))
        return run_experiment(REQUEST)


def test_progress_counts_images_and_hands_over_the_growing_rows():
    progress = Noting()
    run_experiment(REQUEST, progress)
    done = [told[0] for told in progress.told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 120), "whole blocks of 20"
    assert all(told[1] == 120 for told in progress.told)
    shown = {0: 0, 20: 20, 40: 40, 60: 50, 80: 70, 100: 90, 120: 100}
    assert all(len(told[3]) == shown[told[0]] for told in progress.told)
    assert set(done) == set(shown), "the table grows in several steps"
    assert any("SparseFool on mnist/lenet" in told[2] for told in progress.told)


def test_what_was_finished_before_a_cancel_is_not_computed_again(folder):
    with pytest.raises(Cancelled):
        run_experiment(REQUEST, Noting(until=40))
    finished = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    assert len(finished) == 2
    table = run_experiment(REQUEST, Noting())
    assert len(table.rows) == 100
    assert all(path.stat().st_mtime_ns == written for path, written in finished.items())
    assert sorted(len(read_table(path).rows) for path in folder.rglob("*.parquet")) == [20] * 6


def test_a_rebuilt_picture_fools_the_network_as_its_row_says(table):
    classifier = loaded_model("mnist/lenet", "cpu", NullProgress()).classifier
    for _, row in table.rows.iterrows():
        picture = adversarial_picture(row)
        assert int(classifier(picture.tensor()).argmax()) == row["fooling_label_8bit"]
        original = original_picture("mnist/lenet", row["image"])
        assert int((picture.pixels != original.pixels).any(axis=2).sum()) == row["pixels_8bit"]


def test_a_row_of_other_images_is_refused(table):
    row = table.rows.iloc[0].copy()
    row["label"] = (row["label"] + 1) % 10
    with pytest.raises(DataError, match="not the one"):
        adversarial_picture(row)
    row["image"] = 5000
    with pytest.raises(DataError, match="1000 test images"):
        adversarial_picture(row)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ()}, "at least one network"),
        ({"models": ("imagenet/vgg16",)}, "no network to choose here"),
        ({"attacks": ()}, "at least one attack"),
        ({"attacks": ("Magic",)}, "'Magic' is no attack"),
        ({"attacks": ("Random noise",)}, "takes its size from SparseFool"),
        ({"images": 0}, "from 1 to 1000"),
        ({"images": 1001}, "from 1 to 1000"),
    ],
)
def test_impossible_requests_are_refused(changes, message):
    usual = {"dataset": "mnist", "models": LENET, "attacks": ("SparseFool",), "images": 5}
    with pytest.raises(ParameterError, match=message):
        comparison_request(**(usual | changes))


def test_a_request_for_an_unknown_data_set_is_refused():
    with pytest.raises(DataError, match="no data set 'svhn'"):
        comparison_request("svhn", LENET, ("SparseFool",), 5)


def test_costly_attacks_get_fewer_images():
    request = comparison_request("mnist", LENET, ("SparseFool", "JSMA", "One-pixel attack"), 500)
    assert [attack_run.images for attack_run in request.experiment.attack_runs] == [500, 200, 20]


def test_the_files_hold_all_rows_and_their_origin(table, tmp_path):
    rows = list(csv.DictReader(io.StringIO(table_csv(table).decode())))
    assert len(rows) == 100
    assert len(rows[0]["changed_at"].split()) == int(rows[0]["pixels_8bit"])
    path = tmp_path / "table.parquet"
    path.write_bytes(table_parquet(table))
    assert read_table(path).provenance == {**table.provenance, "columns": COLUMNS}
    note = json.loads(provenance_json(table))
    assert note["weights_sha256"].keys() == {"mnist/lenet"}


def test_batches_are_those_of_the_stored_rows_however_few_images_are_asked_for():
    def blocks(images):
        request = comparison_request(
            "mnist", LENET, ("SparseFool", "JSMA", "One-pixel attack"), images, "cpu"
        )
        assert request.device == "cpu"
        return [(each.images, each.record.batch) for each in request.experiment.attack_runs]

    assert blocks(40) == [(40, 20), (40, 20), (20, 1)]
    assert blocks(3) == [(3, 20), (3, 20), (3, 1)]


def test_a_network_that_has_to_be_downloaded_can_be_named():
    request = comparison_request("imagenet", ("imagenet/vgg16",), ("SparseFool",), 2)
    assert request.experiment.models == ("imagenet/vgg16",)
    assert request == comparison_request("imagenet", ["imagenet/vgg16"], ["SparseFool"], 2)
