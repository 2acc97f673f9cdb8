import numpy as np
import pytest

from sparsefool.data.annotations import Annotation
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.annotated import AnnotatedPictures, annotated_pictures
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks

LENET = "mnist/lenet"
SETTING = sparsefool_setting(2.5)
CHOSEN = (40, 3, 7)


def annotations(images=CHOSEN):
    parts = {"object": (((0, 0), (28, 0), (28, 28), (0, 28)),)}
    return [Annotation("mnist", image, (28, 28), parts) for image in images]


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "own", tmp_path / "shipped")


def planned(store, images=CHOSEN):
    return annotated_pictures("mnist", (LENET,), SETTING, annotations(images), store.holds)


def test_exactly_the_annotated_pictures_are_attacked(store, tmp_path):
    experiment = planned(store)
    assert [task.images for task in experiment.tasks()] == [3]
    *_, done = run_tasks(experiment, RunContext("cpu", store))
    assert (done.done, done.total) == (3, 3)
    assert tuple(done.rows["image"]) == CHOSEN
    assert done.rows["label"].tolist() == load_samples("mnist").labels[list(CHOSEN)].tolist()
    assert (done.rows["model"] == LENET).all()
    assert len(list((tmp_path / "own").rglob("*.parquet"))) == 1


def test_what_changed_is_told_in_levels(store):
    *_, done = run_tasks(planned(store), RunContext("cpu", store))
    for row in done.rows.itertuples():
        original = (255 * load_samples("mnist").images[row.image]).round().numpy().ravel()
        assert (original[row.changed_at] + row.changed_by == row.changed_to).all()
        assert (np.asarray(row.changed_by) != 0).all()


def test_rows_of_the_first_test_images_are_read_where_they_are_there(store):
    first = planned(store, range(20))
    assert first.parts()[0].record.pictures is not None
    RunContext("cpu", store).rows(AttackRecord(LENET, SETTING, 20), 0, 20)
    experiment = planned(store, (3, 7))
    assert experiment.parts()[0].record.pictures is None
    rows = experiment.table(store.rows)
    assert {3, 7} <= set(rows["image"])
    assert all(len(row.changed_by) == len(row.changed_at) for row in rows.itertuples())


def test_what_is_stored_are_the_parts_that_are_there(store):
    both = annotated_pictures("mnist", (LENET,), SETTING, annotations(), store.holds)
    assert both.stored(store.holds) is None
    list(run_tasks(both, RunContext("cpu", store)))
    assert both.stored(store.holds) == both


def test_pictures_of_another_data_set_or_size_are_told(store):
    with pytest.raises(
        DataError, match=r"vgg19 takes images of cifar10 of 32 x 32 pixels; picture 40 is of mnist"
    ):
        annotated_pictures("cifar10", ("cifar10/vgg19",), SETTING, annotations(), store.holds)
    small = [Annotation("mnist", 3, (20, 20), annotations()[0].parts)]
    with pytest.raises(DataError, match="is of mnist and 20 x 20"):
        annotated_pictures("mnist", (LENET,), SETTING, small, store.holds)


def test_nothing_to_attack_is_told():
    with pytest.raises(ParameterError, match="no annotated picture"):
        AnnotatedPictures(())
