from dataclasses import asdict, dataclass

import pandas as pd
import pytest

from sparsefool.errors import Cancelled, ModelError, StoreError
from sparsefool.experiments.experiment import RunContext, Task, identity
from sparsefool.experiments.runner import result_path, run_tasks
from sparsefool.store.tables import read_table


@dataclass(frozen=True)
class Counting:
    """Each task has a row for each of its images, and one that says how many rows came before."""

    parts: int = 3
    models: tuple[str, ...] = ()
    images: int = 1
    name: str = "counting"

    def tasks(self):
        return [Task(f"{number:02d}", f"part {number}", number + 1) for number in range(self.parts)]

    def run(self, task, context, earlier):
        context.check()
        LOG.append(task.key)
        return pd.DataFrame({"task": [task.key] * task.images, "earlier": len(earlier)})

    def describe(self):
        return asdict(self)


LOG = []


@pytest.fixture(autouse=True)
def _empty_log():
    LOG.clear()


def run(experiment, folder, check=lambda: None):
    return list(run_tasks(experiment, folder, RunContext("cpu", check)))


def test_rows_and_progress_grow_task_by_task(tmp_path):
    reached = run(Counting(), tmp_path)
    assert [(each.done, each.total) for each in reached] == [(0, 6), (1, 6), (3, 6), (6, 6)]
    assert [each.next and each.next.title for each in reached] == ["part 0", "part 1", "part 2", None]
    assert [len(each.rows) for each in reached] == [0, 1, 3, 6]
    assert reached[-1].rows["earlier"].tolist() == [0, 1, 1, 3, 3, 3]


def test_the_whole_table_is_stored_with_its_provenance(tmp_path):
    assert not result_path(Counting(), tmp_path).exists()
    rows = run(Counting(), tmp_path)[-1].rows
    table = read_table(result_path(Counting(), tmp_path))
    assert table.rows.equals(rows)
    note = table.provenance
    assert note["description"]["parts"] == 3
    assert len(note["devices"]) == 1
    assert note["versions"][0]["torch"]
    assert note["first_date"] <= note["date"]
    assert note["seconds"] >= 0
    assert note["load_per_core"] >= 0


def test_the_busiest_moment_of_the_machine_is_kept(tmp_path, monkeypatch):
    loads = iter([0.5, 3.25, 1.0])
    monkeypatch.setattr("sparsefool.experiments.runner.load_per_core", lambda: next(loads))
    run(Counting(), tmp_path)
    assert read_table(result_path(Counting(), tmp_path)).provenance["load_per_core"] == 3.25


def test_a_machine_that_does_not_tell_its_load_is_no_error(tmp_path, monkeypatch):
    monkeypatch.delattr("os.getloadavg")
    run(Counting(), tmp_path)
    assert read_table(result_path(Counting(), tmp_path)).provenance["load_per_core"] is None


@pytest.mark.parametrize("calls", range(1, 8))
def test_cut_off_anywhere_it_goes_on_and_ends_with_the_same_table(tmp_path, calls):
    left = calls

    def check():
        nonlocal left
        left -= 1
        if left < 0:
            raise Cancelled("cut off")

    with pytest.raises(Cancelled):
        run(Counting(parts=4), tmp_path / "cut", check)
    rows = run(Counting(parts=4), tmp_path / "cut")[-1].rows
    assert LOG == ["00", "01", "02", "03"], "what was finished is not done again"
    assert rows.equals(run(Counting(parts=4), tmp_path / "whole")[-1].rows)


def test_finished_it_does_nothing_again(tmp_path):
    run(Counting(), tmp_path)
    LOG.clear()
    assert len(run(Counting(), tmp_path)[-1].rows) == 6
    assert LOG == []


def test_a_damaged_part_is_named_and_can_be_computed_again(tmp_path):
    run(Counting(), tmp_path)
    part = result_path(Counting(), tmp_path).with_suffix("") / "01.parquet"
    part.write_bytes(b"damaged")
    with pytest.raises(StoreError, match=r"01\.parquet"):
        run(Counting(), tmp_path)
    part.unlink()
    LOG.clear()
    assert len(run(Counting(), tmp_path)[-1].rows) == 6
    assert LOG == ["01"]


def test_another_description_or_other_weights_are_another_experiment(monkeypatch):
    assert identity(Counting()) == identity(Counting())
    assert identity(Counting()) != identity(Counting(parts=4))
    with_weights = Counting(models=("mnist/lenet",))
    before = identity(with_weights)
    monkeypatch.setattr("sparsefool.experiments.experiment.weights_sha256", lambda _: "other")
    assert identity(with_weights) != before


def test_a_network_without_weights_here_is_refused(tmp_path):
    with pytest.raises(ModelError, match="vgg16"):
        run(Counting(models=("imagenet/vgg16",)), tmp_path)
