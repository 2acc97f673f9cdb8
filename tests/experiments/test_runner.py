from collections import namedtuple

import pandas as pd
import pytest

from sparsefool.errors import Cancelled, DataError, ModelError, StoreError
from sparsefool.experiments.experiment import (
    Experiment,
    block_after_block,
    identity,
    part_after_part,
    stored_fields,
)
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import is_shipped, read_experiment, run_tasks
from tests.experiments.made_records import LENET, MEASURED, Reading, Squares

READING = Reading((Part(Squares(batch=2), 6), Part(Squares(3), 4)))


Reached = namedtuple("Reached", "done total next rows")


def run(store, experiment=READING, check=lambda: None):
    """Return the steps of a run, with the rows that there were at each."""
    steps = run_tasks(experiment, RunContext("cpu", store, check))
    return [Reached(step.done, step.total, step.next, step.rows) for step in steps]


def test_rows_and_progress_grow_block_by_block(store):
    reached = run(store)
    assert isinstance(READING, Experiment)
    assert [(each.done, each.total) for each in reached] == [(0, 10), (2, 10), (4, 10), (6, 10), (10, 10)]
    titles = ["Squares times 1"] * 3 + ["Squares times 3", None]
    assert [each.next and each.next.title for each in reached] == titles
    assert [len(each.rows) for each in reached] == [0, 2, 4, 6, 10]
    assert reached[-1].rows["square"].tolist() == [0, 1, 4, 9, 16, 25, 0, 3, 12, 27]


def test_the_table_is_read_with_its_provenance_once_all_is_there(store):
    assert read_experiment(READING, store) is None
    rows = run(store)[-1].rows
    table = read_experiment(READING, store)
    assert table.rows.equals(rows)
    note = table.provenance
    assert note["experiment"] == "reading"
    assert note["identity"] == identity(READING)
    assert note["description"] == {"factors": [1, 3], "images": 6}
    assert note["records"] == [
        {"squares": 1, "batch": 2, "images": 6},
        {"squares": 3, "batch": 4, "images": 4},
    ]
    assert set(note["weights_sha256"]) == {LENET}
    assert len(note["devices"]) == 1
    assert note["versions"][0]["torch"]
    assert note["first_date"] <= note["date"]
    assert note["load_per_core"] >= 0


def test_the_seconds_are_those_that_the_rows_have_cost_whoever_measured_them(store):
    run(store, Reading((Part(Squares(), 12),)))
    assert read_experiment(Reading((Part(Squares(), 6),)), store).provenance["seconds"] == 6 * 0.5
    run(store)
    assert read_experiment(READING, store).provenance["seconds"] == 10 * 0.5


def test_the_busiest_moment_of_the_machine_is_kept(store, monkeypatch):
    loads = iter([0.5, 3.25, 1.0, 0.25])
    monkeypatch.setattr("sparsefool.experiments.records.store.load_per_core", lambda: next(loads))
    run(store)
    assert read_experiment(READING, store).provenance["load_per_core"] == 3.25


def test_a_machine_that_does_not_tell_its_load_is_no_error(store, monkeypatch):
    monkeypatch.delattr("os.getloadavg")
    run(store)
    assert read_experiment(READING, store).provenance["load_per_core"] is None


@pytest.mark.parametrize("calls", range(8))
def test_cut_off_anywhere_it_goes_on_and_ends_with_the_same_table(store, tmp_path, calls):
    left = calls

    def check():
        nonlocal left
        left -= 1
        if left < 0:
            raise Cancelled("cut off")

    with pytest.raises(Cancelled):
        run(store, check=check)
    rows = run(store)[-1].rows
    assert MEASURED == [0, 2, 4, 0], "what was finished is not done again"
    assert rows.equals(run(RecordStore(tmp_path / "whole", tmp_path / "none"))[-1].rows)


def test_finished_it_does_nothing_again(store):
    run(store)
    MEASURED.clear()
    (reached,) = run(store)
    assert (reached.done, reached.total, reached.next, len(reached.rows)) == (10, 10, None, 10)
    assert MEASURED == []


def test_what_is_there_counts_as_done_from_the_beginning(store):
    run(store, Reading((Part(Squares(3), 4),)))
    reached = run(store)
    assert [each.done for each in reached] == [4, 6, 8, 10]
    assert len(reached[0].rows) == 4


def test_a_damaged_block_is_named_and_can_be_computed_again(store, tmp_path):
    run(store)
    (block,) = (tmp_path / "own").rglob("00002.parquet")
    block.write_bytes(b"damaged")
    for work in (run, lambda store: read_experiment(READING, store)):
        with pytest.raises(StoreError, match=r"00002\.parquet.*Delete the file"):
            work(store)
    block.unlink()
    MEASURED.clear()
    assert len(run(store)[-1].rows) == 10
    assert MEASURED == [2]


def test_it_comes_with_the_project_if_all_its_parts_do(store):
    run(store)
    for part in READING.parts():
        assert not is_shipped(READING, store)
        store.ship(part)
    assert is_shipped(READING, store)


def test_another_description_or_other_weights_are_another_experiment(monkeypatch):
    assert identity(READING) == identity(Reading(READING.read))
    assert identity(READING) != identity(Reading(READING.read[:1]))
    assert identity(READING) != identity(Reading(READING.read, name="other"))
    before = identity(READING)
    monkeypatch.setattr("sparsefool.experiments.experiment.weights_sha256", lambda _: "other")
    assert identity(READING) != before


def test_more_images_than_there_are_are_refused(store):
    too_many = Reading((Part(Squares(), 4), Part(Squares(), 1001)))
    for work in (run, lambda store, experiment: read_experiment(experiment, store)):
        with pytest.raises(DataError, match="1000 test images of mnist; 1001"):
            work(store, too_many)
    assert MEASURED == []


def test_a_network_without_weights_here_is_refused(store):
    far = Reading((Part(Squares(models=("imagenet/vgg16",)), 1),))
    with pytest.raises(ModelError, match="vgg16"):
        run(store, far)


def test_blocks_are_ordered_by_part_or_by_image():
    parts = [Part(Squares(), 8), Part(Squares(3), 8)]

    def order(tasks):
        return [(task.record.factor, task.first) for task in tasks]

    assert order(part_after_part(parts)) == [(1, 0), (1, 4), (3, 0), (3, 4)]
    assert order(block_after_block(parts)) == [(1, 0), (3, 0), (1, 4), (3, 4)]


def test_fields_are_described_by_their_names():
    assert stored_fields(READING, ("name", "models")) == {"name": "reading", "models": (LENET,)}
    assert isinstance(READING.table(lambda _: pd.DataFrame()), pd.DataFrame)
