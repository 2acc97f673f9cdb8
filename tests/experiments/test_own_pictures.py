"""Experiments on labelled pictures of one's own, in the place of the test images."""

import json

import pandas as pd
import pytest

from sparsefool.data.picture_sets import open_set
from sparsefool.errors import DataError
from sparsefool.experiments.experiment import identity
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, paper_transfer
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.regions import RegionsRecord
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.transfer import TransferRecord
from tests.attacks.networks import small_network
from tests.data.made_pictures import encoded, make_folder

SETTING = sparsefool_setting(2.5)
MODELS = ("cifar10/resnet18", "cifar10/vgg19")


@pytest.fixture
def folder(tmp_path):
    return make_folder(
        tmp_path / "mine", [f"{label}/{label}-{each}.PNG" for label in range(4) for each in "abc"]
    )


@pytest.fixture
def pictures(folder):
    return open_set(folder, "cifar10").pictures


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "own", tmp_path / "shipped")


@pytest.fixture
def context(store):
    def load(model):
        network = small_network(height=32, width=32, classes=10, seed=len(model))
        network.name = model
        network.module[1].weight.mul_(100)  # so that pictures of noise are seen as several classes
        return network

    return RunContext("cpu", store, load=load)


def damage(folder, pictures, *places):
    """Cut the files at some places of the order short; return their names and the set as it is now."""
    known = open_set(folder, "cifar10")
    names = [known.listed[place][0] for place in places]
    for name in names:
        path = folder / name[0] / name
        path.write_bytes(path.read_bytes()[:300])
    now = open_set(folder, "cifar10").pictures
    assert now.images != pictures.images
    return names, now


def run(experiment, context):
    for _ in run_tasks(experiment, context):
        pass
    return read_experiment(experiment, context.records).rows


def test_the_first_pictures_of_the_order_are_attacked_and_more_of_them_are_added(pictures, context):
    part = Part(AttackRecord(MODELS[0], SETTING, 5, pictures=pictures), 6)
    assert [(task.first, task.last) for task in part.tasks()] == [(0, 5), (5, 10)]
    rows = context.rows(part.record, 0, 6)
    expected = pictures.load((32, 32), 0, 6).gallery
    assert rows["image"].tolist() == list(range(6))
    assert rows["label"].tolist() == expected.labels.tolist()
    assert all(len(row.changed_by) == len(row.changed_at) for row in rows.itertuples())
    more = context.rows(part.record, 0, 12)
    pd.testing.assert_frame_equal(more[:6], rows)
    with pytest.raises(DataError, match="There are 12 pictures of mine; 13 were asked for"):
        Part(part.record, 13).tasks()


@pytest.mark.parametrize(
    "record",
    [
        lambda attack: attack,
        lambda attack: TransferRecord(attack, MODELS[1]),
        lambda attack: RegionsRecord(attack),
    ],
)
def test_other_pictures_are_another_record_and_the_same_elsewhere_are_not(record, folder, pictures, tmp_path):
    def key(pictures):
        return record_key(record(AttackRecord(MODELS[0], SETTING, 5, pictures=pictures)))

    before = key(pictures)
    assert before != key(None)
    assert before != key(open_set(folder, "cifar10", seed=1).pictures)
    moved = folder.rename(tmp_path / "elsewhere")
    assert key(open_set(moved, "cifar10", name="mine").pictures) == before
    (moved / "0" / "0-a.PNG").write_bytes(encoded(77, (50, 50)))
    assert key(open_set(moved, "cifar10", name="mine").pictures) != before


@pytest.mark.parametrize("planned", [paper_comparison, paper_sweep, paper_transfer, paper_regions])
def test_every_experiment_tells_its_pictures_and_without_them_is_as_before(planned, pictures):
    usual, own = planned("cifar10", MODELS), planned("cifar10", MODELS, pictures=pictures)
    assert own.images == 12
    assert identity(own) != identity(usual)
    assert json.dumps(own.describe()).count(pictures.images.digest) >= 1
    assert "pictures" not in json.dumps(usual.describe())
    assert all(part.record.pictures == pictures for part in own.parts())


def test_a_transfer_reads_the_pictures_of_the_attack(pictures, context, store):
    experiment = paper_transfer("cifar10", MODELS, images=5, pictures=pictures)
    rows = run(experiment, context)
    originals = pictures.load((32, 32), 0, 5).gallery.images
    for model in MODELS:
        seen = context.classifier(model)(originals).argmax(1).tolist()
        assert len(set(seen)) > 1
        assert (
            rows[(rows["target"] == model) & (rows["source"] == MODELS[0])]["target_before"].tolist() == seen
        )
    note = read_experiment(experiment, store).provenance
    assert note["description"]["pictures"] == dict(pictures.describe())
    assert note["description"]["images"] == 5


def test_a_damaged_picture_is_left_out_and_named_and_the_rest_is_measured(folder, pictures, context, store):
    names, now = damage(folder, pictures, 2, 11)
    experiment = paper_transfer("cifar10", MODELS, images=12, pictures=now)
    rows = run(experiment, context)
    one = rows[(rows["source"] == MODELS[0]) & (rows["target"] == MODELS[1])]
    assert one["image"].tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10]
    listed = open_set(folder, "cifar10").listed
    assert one["label"].tolist() == [listed[image][1] for image in one["image"]]
    left_out = read_experiment(experiment, store).provenance["left_out"]
    assert set(left_out) == set(names)
    assert all(f"{name} is damaged or incomplete" in left_out[name] for name in names)


def test_what_is_shipped_of_damaged_pictures_counts_as_whole(folder, pictures, context, store):
    names, now = damage(folder, pictures, 10, 11)
    part = Part(AttackRecord(MODELS[0], SETTING, 5, pictures=now), 12)
    assert len(context.rows(part.record, 0, 12)) == 10
    store.ship(part)
    assert store.is_shipped(part)
    assert store.tables(part)[0].provenance["left_out"].keys() == set(names)


def test_a_block_of_which_nothing_can_be_read_has_no_rows(folder, pictures, context):
    _, now = damage(folder, pictures, 3)
    alone = AttackRecord(MODELS[0], AttackSetting("sparsefool"), 1, pictures=now)
    for record in (alone, TransferRecord(alone, MODELS[1])):
        assert context.rows(record, 3, 4).empty
        assert context.rows(record, 2, 5)["image"].tolist() == [2, 4]
