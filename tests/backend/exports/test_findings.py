import io

import pandas as pd
import pytest

from sparsefool.analysis.findings.fooling_classes import ANY, FOOLING_CLASS_FINDINGS
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS
from sparsefool.backend.exports.findings import classes_csv, classes_latex, networks_csv, networks_latex


@pytest.mark.parametrize("dataset", ["cifar10", "imagenet"])
def test_pairs_of_networks_as_csv_have_every_number(dataset):
    findings = NETWORK_FINDINGS.read(dataset)
    table = pd.read_csv(io.BytesIO(networks_csv(findings)))
    assert len(table) == len(findings)
    for line, each in zip(table.itertuples(), findings, strict=True):
        assert (line.first, line.second, line.measure, line.n) == (
            each.first,
            each.second,
            each.measure,
            each.n,
        )
        assert (line.shared, line.others) == pytest.approx((each.shared.value, each.others), nan_ok=True)
        assert (line.gain_low, line.gain_high) == pytest.approx(each.gain.interval, nan_ok=True)


def test_pairs_of_networks_as_latex_are_lines_of_a_table():
    findings = [each for each in NETWORK_FINDINGS.read("cifar10") if each.fooling == "all"]
    text = networks_latex(findings).decode()
    assert text.count(r"\\") == len(findings) + 1
    pixels = next(each for each in findings if each.measure == "pixels")
    assert f"{100 * pixels.shared.value:.1f} (" in text
    assert r"\toprule" in text


def test_fooling_classes_as_csv_and_latex_have_every_number_and_the_names_of_classes():
    findings = [each for each in FOOLING_CLASS_FINDINGS.read("cifar10") if each.model == "cifar10/vgg19"]
    table = pd.read_csv(io.BytesIO(classes_csv(findings)))
    assert table["effect"].tolist() == pytest.approx([each.effect for each in findings])
    assert table["p_corrected"].tolist() == pytest.approx(
        [each.p_corrected for each in findings], nan_ok=True
    )
    text = classes_latex(findings).decode()
    assert text.count(r"\\") == len(findings) + 1
    assert all(word in text for word in ("VGG-19", "bird", "airplane", "any"))
    assert str(ANY) not in text.split("Holm")[0]
