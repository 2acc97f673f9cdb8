import pytest

from sparsefool.backend.exports.rows import CLASSES
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, usual_rounding
from sparsefool.experiments.records.columns import COLUMNS
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.transfer import Transfer

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    "experiment",
    [
        paper_comparison("mnist", ["mnist/lenet"], ["sparsefool", "random_pixels"], 2),
        paper_sweep("mnist", ["mnist/lenet"], [1, 3], [50, 255], 2),
        paper_regions("mnist", ["mnist/lenet"], images=2),
        usual_rounding("mnist", ["mnist/lenet"], 2),
        Transfer(("cifar10/resnet18", "cifar10/vgg19"), 3.0, 255.0, 2, batch=2),
    ],
    ids=lambda experiment: experiment.name,
)
def test_every_column_is_described(experiment, tmp_path):
    store = RecordStore(tmp_path, tmp_path)
    for _ in run_tasks(experiment, RunContext("cpu", store)):
        pass
    table = read_experiment(experiment, store)
    assert not table.rows.empty
    assert [name for name in table.rows if name not in COLUMNS] == []


def test_columns_of_class_names_are_described():
    assert set(CLASSES) < set(COLUMNS)
