import pytest

from sparsefool.data.specs import FIGURE_7
from sparsefool.errors import ParameterError
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_sweep
from sparsefool.experiments.records.attack_rows import rebuild
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks
from sparsefool.experiments.sweep import Sweep

LENET = "mnist/lenet"


def rows_of(planned, folder):
    context = RunContext("cpu", RecordStore(folder, folder / "shipped"))
    return list(run_tasks(planned, context))[-1].rows, context


def test_rows_say_which_pair_and_which_image(tmp_path):
    planned = Sweep((LENET,), (1.0, 3.0), (50.0, 255.0), images=3, batch=2)
    rows, _ = rows_of(planned, tmp_path)
    assert len(rows) == 12
    assert set(rows["model"]) == {LENET}
    assert rows["image"].tolist() == [0, 1, 2] * 4
    assert rows["lambda_"].tolist() == [1.0] * 6 + [3.0] * 6
    assert rows["delta"].tolist() == [50.0, 50.0, 50.0, 255.0, 255.0, 255.0] * 2
    assert (rows["max_change"] <= rows["delta"] + 1e-3).all()
    assert rows[rows["image"] == 2]["label"].nunique() == 1


def test_the_first_images_come_first_so_that_a_cut_sweep_has_all_pairs():
    planned = Sweep((LENET, "cifar10/vgg19"), (1.0, 3.0), (255.0,), images=3, batch=2)
    done = [(task.first, task.record.model, task.record.setting.parameters[0][1]) for task in planned.tasks()]
    each = [(LENET, 1.0), (LENET, 3.0), ("cifar10/vgg19", 1.0), ("cifar10/vgg19", 3.0)]
    assert done == [(first, *pair) for first in (0, 2) for pair in each]


def test_no_stored_value_leaves_its_box(tmp_path):
    planned = Sweep((LENET,), (3.0,), (30.0, 255.0), images=2, batch=2)
    rows, context = rows_of(planned, tmp_path)
    images = context.images(LENET, 0, 2).images
    for row in rows.itertuples():
        rebuilt = rebuild(images[row.image], row.changed_at.tolist(), row.changed_to.tolist())
        assert 255 * (rebuilt - images[row.image]).abs().max() <= row.delta + 1e-3
        assert len(row.changed_at) > 0


def test_what_is_stored_are_the_networks_of_which_all_rows_are_there():
    planned = Sweep((LENET, "cifar10/vgg19"), (1.0, 3.0), (50.0, 255.0), images=3, batch=2)
    parts = planned.parts()

    def stored(missing):
        found = planned.stored(lambda part: part not in missing)
        return found and found.models

    assert planned.stored(lambda _: True) == planned
    assert stored(parts[3:4]) == ("cifar10/vgg19",)
    assert stored(parts[4:5]) == (LENET,)
    assert stored([parts[0], parts[7]]) is None


def test_the_papers_attack_in_a_comparison_and_in_a_sweep_is_one_record():
    (compared,) = paper_comparison("mnist", attacks=("sparsefool",)).parts()
    swept = [part.record for part in paper_sweep("mnist").parts()]
    over_delta = [part.record for part in paper_sweep("mnist", deltas=FIGURE_7).parts()]
    described = compared.record.describe()
    assert [record.describe() == described for record in swept].count(True) == 1
    assert [record.describe() == described for record in over_delta].count(True) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ()}, "at least one network"),
        ({"lambdas": (0.5,)}, "1 or more"),
        ({"lambdas": (float("nan"),)}, "1 or more"),
        ({"deltas": (256.0,)}, "from 0 to 255"),
        ({"deltas": (10.0, 10.0)}, "none twice"),
        ({"images": 0}, "at least 1 image"),
        ({"batch": 0}, "batches of at least 1"),
    ],
)
def test_impossible_sweeps_are_refused(changes, message):
    usual = {"models": (LENET,), "lambdas": (3.0,), "deltas": (255.0,), "images": 5, "batch": 5}
    with pytest.raises(ParameterError, match=message):
        Sweep(**(usual | changes))
