import dataclasses

import pytest

from sparsefool.attacks import ATTACKS, find_boundary
from sparsefool.errors import DataError, ModelError
from sparsefool.experiments.records import attack_settings
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, Record, Task, count_test_images, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.regions import RegionsRecord
from sparsefool.experiments.transfer import TransferRecord
from tests.attacks.networks import random_images, small_network
from tests.experiments.made_records import LENET, MEASURED, Squares

SPARSEFOOL = AttackRecord(LENET, sparsefool_setting(3.0), 20)
JSMA = AttackRecord(LENET, AttackSetting("jsma"), 20)
NOISE = AttackRecord(LENET, AttackSetting("random_pixels"), 20, sized_by=Part(SPARSEFOOL, 1000))

KEYS = {
    "sparsefool-mnist-lenet-f6c231212b89": SPARSEFOOL,
    "jsma-mnist-lenet-31209f2c320b": JSMA,
    "fmn-l0-mnist-lenet-c237dcb13692": AttackRecord(
        LENET, AttackSetting("fmn_l0", (("max_iter", 100),), "FMN-ℓ0, 100 steps"), 50
    ),
    "one-pixel-cifar10-vgg19-a86b74e8b278": AttackRecord(
        "cifar10/vgg19", AttackSetting("one_pixel", (("max_pixels", 5),)), 1
    ),
}
"""Names of shipped files: what they name must keep them, whatever becomes of the source."""


@pytest.fixture(autouse=True)
def _nothing_measured():
    MEASURED.clear()


def test_a_part_is_measured_in_whole_blocks_of_which_the_last_ends_with_the_test_images():
    def blocks(images, batch):
        return [(task.first, task.last) for task in Part(Squares(batch=batch), images).tasks()]

    assert blocks(1, 20) == [(0, 20)]
    assert blocks(20, 20) == [(0, 20)]
    assert blocks(21, 20) == [(0, 20), (20, 40)]
    assert blocks(1000, 300)[-2:] == [(600, 900), (900, 1000)]
    task = Part(Squares(), 1).tasks()[0]
    assert (task.images, task.title) == (4, "Squares times 1")


@pytest.mark.parametrize("images", [0, -1, 1001])
def test_images_that_there_are_not_are_refused(images, tmp_path):
    assert count_test_images(LENET) == 1000
    message = f"There are 1000 test images of mnist; {images} were asked for"
    with pytest.raises(DataError, match=message):
        Part(Squares(), images).tasks()
    context = RunContext("cpu", RecordStore(tmp_path, tmp_path / "shipped"))
    with pytest.raises(DataError, match=message):
        context.rows(Squares(), 0, images)
    with pytest.raises(DataError, match=message):
        context.images(LENET, 0, images)
    assert MEASURED == []


@pytest.mark.parametrize("key", KEYS)
def test_the_name_of_a_shipped_file_is_for_ever(key):
    assert record_key(KEYS[key]) == key


def test_every_kind_of_record_is_one_and_names_its_file():
    for record in (SPARSEFOOL, TransferRecord(SPARSEFOOL, LENET), RegionsRecord(SPARSEFOOL), Squares()):
        assert isinstance(record, Record)
        assert record_key(record).startswith(f"{record.label}-mnist-lenet-")
        assert record.title


def test_arguments_that_are_not_given_are_the_defaults():
    for parameters in ((), (("lambda_", 3.0),), (("delta", 255.0), ("lambda_", 3.0), ("max_iter", 50))):
        same = AttackRecord(LENET, AttackSetting("sparsefool", parameters), 20)
        assert record_key(same) == record_key(SPARSEFOOL)


@pytest.mark.parametrize(
    "other",
    [
        AttackRecord(LENET, sparsefool_setting(2.0), 20),
        AttackRecord(LENET, sparsefool_setting(3.0, 200.0), 20),
        AttackRecord(LENET, AttackSetting("sparsefool", (("max_iter", 49),)), 20),
        AttackRecord(LENET, sparsefool_setting(3.0), 10),
        AttackRecord("cifar10/vgg19", sparsefool_setting(3.0), 20),
        AttackRecord(LENET, AttackSetting("sparsest"), 20),
        RegionsRecord(SPARSEFOOL),
    ],
)
def test_what_changes_the_rows_changes_the_name(other):
    assert record_key(other) != record_key(SPARSEFOOL)


def test_other_weights_are_another_record(monkeypatch):
    before = record_key(SPARSEFOOL), record_key(TransferRecord(SPARSEFOOL, "cifar10/vgg19"))
    weights_sha256 = "sparsefool.experiments.records.record.weights_sha256"
    monkeypatch.setattr(weights_sha256, lambda name: f"new {name}"[:8])
    after = record_key(SPARSEFOOL), record_key(TransferRecord(SPARSEFOOL, "cifar10/vgg19"))
    assert not set(before) & set(after)


def test_a_target_is_part_of_what_is_tried():
    assert TransferRecord(SPARSEFOOL, "cifar10/vgg19").models == (LENET, "cifar10/vgg19")
    assert TransferRecord(SPARSEFOOL, LENET).models == (LENET,)
    assert record_key(TransferRecord(SPARSEFOOL, LENET)) != record_key(
        TransferRecord(SPARSEFOOL, "cifar10/vgg19")
    )


def test_the_seed_and_the_size_decide_draws_and_count_only_there():
    def other(record, **changes):
        return record_key(dataclasses.replace(record, **changes)) != record_key(record)

    assert not other(SPARSEFOOL, seed=1)
    assert other(JSMA, seed=1)
    assert other(NOISE, seed=1)
    assert other(NOISE, sized_by=Part(SPARSEFOOL, 100))
    assert other(NOISE, sized_by=Part(AttackRecord(LENET, sparsefool_setting(1.0), 20), 1000))


def test_no_title_no_class_and_no_attribute_is_in_a_name(monkeypatch):
    class Renamed(AttackRecord):
        pass

    before = [record_key(record) for record in (SPARSEFOOL, JSMA, NOISE)]
    compared = (*ATTACKS, attack_settings.FMN_L0)
    retitled = tuple(dataclasses.replace(each, title=f"{each.title}, improved") for each in compared)
    monkeypatch.setattr(attack_settings, "COMPARED", retitled)
    named = AttackSetting("sparsefool", sparsefool_setting(3.0).parameters, "Ours")
    assert record_key(Renamed(LENET, named, 20)) == before[0]
    assert record_key(Renamed(LENET, AttackSetting("jsma"), 20)) == before[1]
    noise = Renamed(LENET, AttackSetting("random_pixels"), 20, sized_by=Part(Renamed(LENET, named, 20), 1000))
    assert record_key(noise) == before[2]


def test_a_network_that_is_not_here_has_no_name():
    far = AttackRecord("imagenet/vgg16", sparsefool_setting(3.0), 5)
    with pytest.raises(ModelError, match="vgg16"):
        record_key(far)


def test_rows_that_are_missing_are_measured_and_others_are_not(tmp_path):
    context = RunContext("cpu", RecordStore(tmp_path, tmp_path / "shipped"))
    rows = context.rows(Squares(), 5, 10)
    assert rows["image"].tolist() == [5, 6, 7, 8, 9]
    assert rows["square"].tolist() == [25, 36, 49, 64, 81]
    assert MEASURED == [4, 8], "the first block is not asked for"
    assert context.rows(Squares(), 0, 12)["image"].tolist() == list(range(12))
    assert MEASURED == [4, 8, 0]
    assert Task(Squares(), 0, 4) == Part(Squares(), 3).tasks()[0]


def test_only_the_last_boundary_is_kept(tmp_path):
    context, found = RunContext("cpu", RecordStore(tmp_path)), []
    boundary = find_boundary(small_network(), random_images(1))

    def take(name):
        return context.first_boundary(name, lambda: found.append(name) or (boundary, 0.5))

    assert [take(name) for name in "aabba"] == [(boundary, 0.5)] * 5
    assert found == ["a", "b", "a"]
