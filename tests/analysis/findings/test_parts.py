"""The stored findings on parts: read at once, and what the shipped rows give."""

import math
from dataclasses import astuple

import numpy as np
import pytest

from sparsefool.analysis.findings.parts import (
    PART_FINDINGS,
    find_parts,
    of_kind,
    part_images,
    read_part_images,
    shipped_annotations,
)
from sparsefool.errors import StoreError
from sparsefool.experiments.annotated import SETTINGS, annotated_pictures
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.tables import Table, write_table

STORED = ("cifar10", "imagenet")


def flat(values):
    """Return all numbers and texts of nested tuples in one list."""
    return [each for value in values for each in (flat(value) if isinstance(value, tuple) else [value])]


def same(one, other):
    pairs = list(zip(flat(astuple(one)), flat(astuple(other)), strict=True))
    return all(a == pytest.approx(b, nan_ok=True) if isinstance(a, float) else a == b for a, b in pairs)


def shipped_rows(model, setting, annotations, store):
    planned = annotated_pictures("cifar10", (model,), SETTINGS[setting], annotations, store.holds)
    return planned.table(store.rows)


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path)


def test_stored_findings_are_what_the_shipped_rows_give(store):
    model, setting, kind = "cifar10/vgg19", "lambda-3", "airplanes"
    annotations = of_kind(shipped_annotations("cifar10"), "cifar10", kind)
    rows = shipped_rows(model, setting, annotations, store)
    fresh = find_parts(rows, model, setting, annotations, kind, weighted=True)
    stored = [
        each
        for each in PART_FINDINGS.read("cifar10")
        if (each.model, each.setting, each.weighted, each.kind) == (model, setting, True, kind)
    ]
    assert len(fresh) > 3
    assert all(map(same, fresh, stored)), "run: sparsefool experiment findings cifar10"
    assert len(fresh) == len(stored)


@pytest.mark.parametrize("dataset", STORED)
def test_the_mean_over_the_pictures_is_the_finding(dataset):
    images = read_part_images(dataset)
    kinds = {
        kind: {each.class_name for each in of_kind(shipped_annotations(dataset), dataset, kind)}
        for kind in {each.kind for each in PART_FINDINGS.read(dataset)}
    }
    for each in PART_FINDINGS.read(dataset):
        mine = images[
            (images["model"] == each.model)
            & (images["setting"] == each.setting)
            & (images["weighted"] == each.weighted)
            & (images["part"] == each.found.part)
            & images["shows"].isin(kinds[each.kind])
        ]
        assert len(mine) == each.found.n
        assert mine["enrichment"].mean() == pytest.approx(each.found.of_object.value)
        assert mine["share"].mean() == pytest.approx(each.found.share)


def test_findings_come_back_as_they_were_stored(store, tmp_path):
    annotations = of_kind(shipped_annotations("cifar10"), "cifar10", "birds")[:8]
    rows = shipped_rows("cifar10/resnet18", "lambda-3", annotations, store)
    found = find_parts(rows, "cifar10/resnet18", "lambda-3", annotations, "birds", weighted=False)
    assert any(math.isnan(each.found.of_object.interval[0]) for each in found)
    write_table(tmp_path / "parts-cifar10.parquet", Table(PART_FINDINGS.table(found), {}))
    assert all(map(same, found, PART_FINDINGS.read("cifar10", tmp_path)))


def test_each_picture_has_its_own_enrichment(store):
    annotations = of_kind(shipped_annotations("cifar10"), "cifar10", "airplanes")
    rows = shipped_rows("cifar10/vgg19", "lambda-3", annotations, store)
    images = part_images(rows, "cifar10/vgg19", "lambda-3", annotations, weighted=False)
    (one,) = images[(images["picture"] == "3") & (images["part"] == "wings")].to_dict("records")
    (annotation,) = [each for each in annotations if each.image == 3]
    (row,) = rows[rows["image"] == 3].to_dict("records")
    changed = np.zeros((32, 32), dtype=bool)
    changed.flat[row["changed_at"] % 1024] = True
    whole, wings = annotation.mask("object"), annotation.mask("wings")
    assert one["share"] == pytest.approx((changed & wings & whole).sum() / (changed & whole).sum())
    assert one["area"] == pytest.approx((wings & whole).sum() / whole.sum())
    assert one["enrichment"] == pytest.approx(one["share"] / one["area"])
    assert (one["shows"], one["pixels"]) == ("airplane", changed.sum())


def test_a_data_set_without_findings_is_told(tmp_path):
    with pytest.raises(StoreError, match="There is no file"):
        PART_FINDINGS.read("cifar10", tmp_path)
