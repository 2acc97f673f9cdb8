"""Everything else that is stored is what the shipped rows give; what needs many draws is not drawn again."""

import pandas as pd
import pytest

from sparsefool.analysis.findings.fooling_classes import FOOLING_CLASS_FINDINGS, find_fooling_classes
from sparsefool.analysis.findings.fooling_parts import FOOLING_PART_FINDINGS, find_fooling_parts
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS, find_networks
from sparsefool.analysis.findings.parts import shipped_annotations
from sparsefool.analysis.findings.robustness import FIRST, GROWN, SECOND, SHRUNK, read_variants
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.records.store import RecordStore

MODELS = ("cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf")


@pytest.fixture
def rows(tmp_path):
    store = RecordStore(tmp_path)
    tables = [
        store.rows(Part(AttackRecord(model, sparsefool_setting(3.0), 20), 1000)).assign(model=model)
        for model in MODELS
    ]
    return pd.concat(tables, ignore_index=True)


def test_effects_of_fooling_classes_are_those_of_the_rows(rows):
    fresh = find_fooling_classes(rows[rows["model"] == MODELS[0]], MODELS[0], draws=1)
    stored = [each for each in FOOLING_CLASS_FINDINGS.read("cifar10") if each.model == MODELS[0]]
    assert [(each.original, each.fooling, each.n, each.others) for each in fresh] == [
        (each.original, each.fooling, each.n, each.others) for each in stored
    ]
    assert [each.effect for each in fresh] == pytest.approx([each.effect for each in stored])
    assert all(0 < each.p <= each.p_corrected <= 1 for each in stored)


def test_shares_of_the_named_fooling_classes_are_those_of_the_rows(rows):
    annotations = shipped_annotations("cifar10")
    fresh = find_fooling_parts(rows[rows["model"] == MODELS[1]], MODELS[1], annotations, draws=1)
    stored = [each for each in FOOLING_PART_FINDINGS.read("cifar10") if each.model == MODELS[1]]
    assert [(each.part, each.n, each.others) for each in fresh] == [
        (each.part, each.n, each.others) for each in stored
    ]
    assert [each.gain.value for each in fresh] == pytest.approx([each.gain.value for each in stored])


def test_what_networks_share_is_what_the_rows_share(rows):
    annotated = {each.image for each in shipped_annotations("cifar10")}
    fresh = find_networks(
        rows[rows["image"].isin(annotated)], MODELS[:2], shipped_annotations("cifar10"), draws=1
    )
    stored = {
        (each.first, each.second, each.measure, each.fooling): each
        for each in NETWORK_FINDINGS.read("cifar10")
    }
    of_parts = [each for each in fresh if each.measure in ("parts", "head")]
    assert len(of_parts) == 6
    for each in of_parts:
        same = stored[each.first, each.second, each.measure, each.fooling]
        assert (each.n, each.others) == (same.n, pytest.approx(same.others))
        assert each.shared.value == pytest.approx(same.shared.value)


def test_every_variant_of_the_annotations_has_findings_on_heads():
    variants = read_variants("cifar10")
    assert list(variants) == [GROWN, SHRUNK, FIRST, SECOND]
    for found in variants.values():
        assert {each.model for each in found if each.found.part == "head"} == set(MODELS)
