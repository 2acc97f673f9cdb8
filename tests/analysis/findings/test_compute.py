import pytest

from sparsefool.analysis.findings import compute
from sparsefool.analysis.findings.fooling_classes import FOOLING_CLASS_FINDINGS
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS
from sparsefool.analysis.findings.parts import PART_FINDINGS, of_kind, read_part_images, shipped_annotations
from sparsefool.analysis.findings.robustness import read_variants
from sparsefool.errors import ParameterError
from sparsefool.experiments.records.store import RecordStore

MODELS = ("cifar10/resnet18", "cifar10/vgg19")


def test_all_tables_of_a_data_set_are_stored_and_read(monkeypatch, tmp_path):
    birds = of_kind(shipped_annotations("cifar10"), "cifar10", "birds")[:12]
    monkeypatch.setattr(compute, "shipped_annotations", lambda _: birds)
    monkeypatch.setattr(compute, "SETTINGS", {"lambda-3": compute.SETTINGS["lambda-3"]})
    monkeypatch.setattr(
        compute,
        "_many_rows",
        lambda _, attacked, __: attacked[attacked["image"].isin({b.image for b in birds})],
    )
    counts = compute.store_findings("cifar10", MODELS, RecordStore(tmp_path / "own"), tmp_path)
    assert {each.model for each in PART_FINDINGS.read("cifar10", tmp_path)} == set(MODELS)
    assert {each.kind for each in PART_FINDINGS.read("cifar10", tmp_path)} == {"animals", "birds"}
    assert len(read_part_images("cifar10", tmp_path)) == counts["part-images"]
    assert "grown" in read_variants("cifar10", tmp_path)
    assert {(each.first, each.second) for each in NETWORK_FINDINGS.read("cifar10", tmp_path)} == {MODELS}
    assert all(each.model in MODELS for each in FOOLING_CLASS_FINDINGS.read("cifar10", tmp_path))


def test_a_network_with_too_few_rows_has_no_findings(tmp_path):
    store = RecordStore(tmp_path / "own", tmp_path / "shipped")
    with pytest.raises(ParameterError, match=r"half of the annotated pictures of cifar10: run sparsefool"):
        next(compute.compute_findings("cifar10", MODELS, store))
