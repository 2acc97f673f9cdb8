import pytest

from sparsefool.backend.experiments import check_images, work_off
from sparsefool.errors import Cancelled, DataError
from sparsefool.experiments.sweep import Sweep
from tests.backend.test_sweep_run import Listening

PLANNED = Sweep(("mnist/lenet",), (3.0,), (255.0,), images=4, batch=2)


def test_the_rows_so_far_come_with_the_progress(tmp_path):
    listening = Listening()
    table = work_off(PLANNED, tmp_path, "cpu", listening)
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
        work_off(PLANNED, tmp_path, "cpu", UntilTheFirstBatch())
    listening = Listening()
    work_off(PLANNED, tmp_path, "cpu", listening)
    rows = [payload for *_, payload in listening.reports if payload is not None]
    assert len(rows[1]) == 2, "the finished batch is not done again"
    assert rows[1]["seconds"].tolist() == rows[-1]["seconds"].tolist()[:2]


def test_more_images_than_there_are_is_said_before_anything_runs():
    check_images("mnist/lenet", 1000)
    with pytest.raises(DataError, match="1000 test images of mnist; 1001"):
        check_images("mnist/lenet", 1001)
