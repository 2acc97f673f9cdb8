import numpy as np
import pytest

from sparsefool import paths
from sparsefool.analysis.delta_boxes import outside_box, stopped_by_delta
from sparsefool.data.samples import load_samples
from sparsefool.experiments.experiment import RunContext
from sparsefool.experiments.runner import run_tasks
from sparsefool.experiments.sweep import Sweep
from sparsefool.store.tables import read_table

LENET = "mnist/lenet"


def test_values_outside_their_box_are_counted(tmp_path):
    planned = Sweep((LENET,), (3.0,), (30.0, 255.0), images=2)
    rows = list(run_tasks(planned, tmp_path, RunContext("cpu")))[-1].rows
    assert outside_box(rows) == 0
    assert outside_box(rows.assign(delta=20.0, max_change=0.0)) == 4
    assert outside_box(rows.assign(max_change=255.1)) == 4


def test_the_share_of_the_values_that_delta_stops_is_counted(tmp_path):
    planned = Sweep((LENET,), (3.0,), (60.0, 255.0), images=2)
    rows = list(run_tasks(planned, tmp_path, RunContext("cpu")))[-1].rows
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


@pytest.mark.parametrize(
    "path", sorted(paths.SHIPPED_RESULTS.glob("delta-*.parquet")), ids=lambda path: path.stem
)
def test_no_value_of_a_shipped_sweep_leaves_its_box(path):
    assert outside_box(read_table(path).rows) == 0
