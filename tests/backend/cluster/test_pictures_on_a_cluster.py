"""Labelled pictures of one's own on a cluster: the rows, and what was left out, are those of a run here."""

from sparsefool.backend.cluster.executor import ClusterExecutor
from sparsefool.data.picture_sets import open_set
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.regions import Regions
from sparsefool.experiments.runner import read_experiment, run_tasks
from tests.backend.cluster.same_rows import assert_same_rows
from tests.data.made_pictures import make_folder


def test_the_rows_are_those_of_a_run_here(client, store, tmp_path):
    folder = make_folder(tmp_path / "digits", [f"{digit}/{digit}.png" for digit in range(7)])
    (folder / "3" / "3.png").write_bytes(b"no picture")
    pictures = open_set(folder, "mnist").pictures
    experiment = Regions(("mnist/lenet",), 1.0, 255.0, images=7, batch=3, pictures=pictures)
    here = RecordStore(tmp_path / "here", tmp_path / "shipped")
    list(run_tasks(experiment, RunContext("cpu", here)))
    list(run_tasks(experiment, RunContext("cpu", store), ClusterExecutor(client, "cpu", store, print)))
    expected, found = (read_experiment(experiment, each) for each in (here, store))
    assert len(expected.rows) == 6
    assert_same_rows(found.rows, expected.rows)
    assert list(found.provenance["left_out"]) == list(expected.provenance["left_out"]) == ["3.png"]
