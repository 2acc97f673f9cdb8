import pandas as pd
import pytest

from sparsefool.errors import ParameterError
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import usual_rounding
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.rounding import Rounding
from sparsefool.experiments.runner import run_tasks

LENET = "mnist/lenet"
PLANNED = Rounding((LENET, "cifar10/vgg19"), (sparsefool_setting(1.0), AttackSetting("sparsest")), 3, 2)


def made_rows(*places):
    changed = [pd.Series(each).to_numpy() for each in places]
    return pd.DataFrame(
        {
            "image": range(len(places)),
            "pixels_8bit": [len(each) for each in places],
            "changed_at": changed,
            "changed_to": [0 * each for each in changed],
        }
    )


def test_each_attack_is_run_in_batches_and_one_by_one():
    parts = [(part.record.model, part.record.label, part.record.batch) for part in PLANNED.parts()]
    lenet = [(LENET, label, batch) for label in ("sparsefool", "sparsest") for batch in (2, 1)]
    assert parts[:4] == lenet
    assert [task.images for task in PLANNED.tasks()][:5] == [2, 2, 1, 1, 1]


def test_images_are_the_same_if_the_same_values_change():
    tables = {2: made_rows([1, 2], [3], [4, 5]), 1: made_rows([1, 2], [6], [4, 5, 6])}
    rows = PLANNED.table(lambda part: tables[part.record.batch])
    assert len(rows) == 2 * 2 * 3
    assert rows["same"].tolist()[:3] == [True, False, False]
    assert rows["pixels"].tolist()[:3] == [2, 1, 2]
    assert rows["pixels_alone"].tolist()[:3] == [2, 1, 3]
    tables[1]["changed_to"] = [each + 1 for each in tables[1]["changed_to"]]
    assert not PLANNED.table(lambda part: tables[part.record.batch])["same"].any()
    assert PLANNED.table(lambda _: pd.DataFrame()).empty


def test_the_rows_in_batches_are_those_of_the_comparison(tmp_path):
    planned = usual_rounding("mnist", images=2)
    compared = [part.record.describe() for part in paper_comparison("mnist").parts()]
    together = [part.record.describe() for part in planned.parts() if part.record.batch > 1]
    assert together == compared[:2]
    rows = list(run_tasks(planned, RunContext("cpu", RecordStore(tmp_path))))[-1].rows
    assert rows["attack"].tolist() == ["SparseFool"] * 2 + ["SparseFool, sparsest"] * 2
    assert (rows["pixels"] > 0).all()


def test_what_is_stored_are_the_networks_of_which_all_rows_are_there():
    parts = PLANNED.parts()
    assert PLANNED.stored(lambda _: True) == PLANNED
    assert PLANNED.stored(lambda part: part != parts[1]).models == ("cifar10/vgg19",)
    assert PLANNED.stored(lambda part: part not in (parts[1], parts[6])) is None


@pytest.mark.parametrize("changes", [{"models": ()}, {"settings": ()}, {"images": 0}, {"batch": 1}])
def test_impossible_experiments_are_refused(changes):
    usual = {"models": (LENET,), "settings": (AttackSetting("sparsest"),), "images": 3, "batch": 2}
    with pytest.raises(ParameterError, match=r"At least one network|at least 2 images"):
        Rounding(**(usual | changes))
