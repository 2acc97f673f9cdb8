from dataclasses import replace

import pytest

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.attack.stored_attack import _record_of, stored_attack
from sparsefool.backend.models import gallery_picture
from sparsefool.data.pictures import Picture
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.tables import read_table, write_table
from sparsefool.view.attack.messages import agreement

IMAGE = 3


def report(**parameters):
    picture = gallery_picture("cifar10/resnet18", "cifar10", IMAGE)
    return run_attack(AttackRequest("cifar10/resnet18", picture, 3.0, device="cpu", **parameters))


def shipped_copy(folder):
    """Copy SparseFool's shipped rows of ResNet-18, λ = 3 and δ = 255, into a folder of their own."""
    folder.mkdir()
    (path,) = [
        each
        for each in RecordStore()._shipped.glob("sparsefool-cifar10-resnet18-[0-9a-f]*.parquet")
        if read_table(each).provenance["record"]["arguments"] == ARGUMENTS
    ]
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy


ARGUMENTS = {
    "delta": 255.0,
    "max_gradient_growth": float("inf"),
    "lambda_": 3.0,
    "max_iter": 50,
    "num_candidates": 10,
    "overshoot": 0.02,
    "reduce": False,
}


def test_a_fresh_result_is_compared_with_the_stored_one_of_the_same_attack():
    fresh = report()
    found = stored_attack(fresh, IMAGE)
    assert (found.image, found.batch, found.same) == (IMAGE, 20, True)
    assert found.pixels_8bit == fresh.change_8bit.pixels
    assert "is the same, value for value" in agreement(fresh, found)


def test_another_stored_picture_is_told_apart(tmp_path):
    path = shipped_copy(tmp_path / "shipped")
    table = read_table(path)
    rows = table.rows.copy()
    changed = rows.at[IMAGE, "changed_to"].copy()
    changed[0] ^= 1
    rows.at[IMAGE, "changed_to"] = changed
    write_table(path, replace(table, rows=rows))
    fresh = report()
    found = stored_attack(fresh, IMAGE, RecordStore(tmp_path, path.parent))
    assert not found.same
    assert f"the stored picture changes {found.pixels_8bit} pixels" in agreement(fresh, found)


@pytest.mark.parametrize(
    "parameters", [{"max_iter": 49}, {"num_candidates": 5}, {"target": 3}, {"delta": 60.0}]
)
def test_an_attack_that_nobody_stored_is_compared_with_nothing(parameters):
    assert stored_attack(report(**parameters), IMAGE) is None


@pytest.mark.parametrize("count", ["pixels", "features"])
def test_what_is_counted_decides_which_record_is_compared(count):
    picture = gallery_picture("cifar10/resnet18", "cifar10", IMAGE)
    record = _record_of(AttackRequest("cifar10/resnet18", picture, attack="sparsest", count=count))
    (run,) = [
        each
        for each in paper_comparison("cifar10", ("cifar10/resnet18",), ("sparsest",)).attack_runs
        if dict(each.record.describe()["arguments"])["count"] == count
    ]
    assert record.describe() == run.record.describe()


def test_another_picture_is_compared_with_nothing():
    fresh = report()
    pixels = fresh.request.picture.pixels.copy()
    pixels[0, 0] ^= 1
    other = replace(fresh.request, picture=Picture(pixels, "mine"))
    assert stored_attack(replace(fresh, request=other), IMAGE) is None


def test_a_damaged_file_is_no_stored_result(tmp_path):
    path = shipped_copy(tmp_path / "shipped")
    path.write_bytes(b"damaged")
    assert stored_attack(report(), IMAGE, RecordStore(tmp_path, path.parent)) is None
