import numpy as np
import pytest

from sparsefool.analysis.delta_boxes import outside_box, stopped_by_delta
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.experiments.paper.experiments import paper_sweep
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.sweep import Sweep

LENET = "mnist/lenet"


def rows_of(planned, folder):
    context = RunContext("cpu", RecordStore(folder, folder / "shipped"))
    return list(run_tasks(planned, context))[-1].rows


def test_values_outside_their_box_are_counted(tmp_path):
    planned = Sweep((LENET,), (3.0,), (30.0, 255.0), images=2, batch=2)
    rows = rows_of(planned, tmp_path)
    assert outside_box(rows) == 0
    assert outside_box(rows.assign(delta=20.0, max_change=0.0)) == 4
    assert outside_box(rows.assign(max_change=255.1)) == 4


def test_the_share_of_the_values_that_delta_stops_is_counted(tmp_path):
    planned = Sweep((LENET,), (3.0,), (60.0, 255.0), images=2, batch=2)
    rows = rows_of(planned, tmp_path)
    found = stopped_by_delta(rows)
    assert list(found) == [60.0, 255.0]
    assert found[60.0] > found[255.0] >= 0
    originals = (255 * load_samples("mnist", (28, 28)).images[:2].flatten(1)).round().numpy()
    tight = rows[rows["delta"] == 60.0]
    changes = [
        abs(originals[image][at] - to.astype(float))
        for image, at, to in zip(tight["image"], tight["changed_at"], tight["changed_to"], strict=True)
    ]
    every = np.concatenate(changes)
    assert found[60.0] == pytest.approx((every > 59).mean())


@pytest.mark.parametrize("dataset", [spec.name for spec in DATASETS])
def test_no_value_of_what_comes_with_the_project_leaves_its_box(dataset):
    planned = paper_sweep(dataset, deltas=find_dataset(dataset).sweep_deltas)
    stored = planned.stored(RecordStore().holds)
    if stored is None:
        pytest.skip("nothing of this sweep is stored")
    assert outside_box(read_experiment(stored, RecordStore()).rows) == 0
