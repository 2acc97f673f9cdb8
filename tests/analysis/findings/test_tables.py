"""Findings become rows and come back, and the names of columns are those of the files that ship."""

import math

import pytest

from sparsefool.analysis.enrichment import Baseline, Enrichment
from sparsefool.analysis.findings.fooling_classes import FOOLING_CLASS_FINDINGS
from sparsefool.analysis.findings.fooling_parts import FOOLING_PART_FINDINGS
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS, NetworkFinding
from sparsefool.analysis.findings.parts import PART_FINDINGS, PartFinding
from sparsefool.analysis.findings.tables import read_findings
from sparsefool.analysis.statistics import Estimate

GAIN = Estimate(0.1, (0.05, 0.2))


def test_an_estimate_has_three_columns_and_a_measure_those_of_its_attributes():
    baseline = Baseline(3, GAIN, 0.5)
    found = Enrichment("head", 4, 0.3, 0.2, Estimate(1.5, (1.0, 2.0)), GAIN, baseline, baseline, baseline)
    finding = PartFinding("cifar10/vgg19", "lambda-3", False, "birds", found)
    (row,) = PART_FINDINGS.table([finding]).to_dict("records")
    assert (row["part"], row["n"], row["share"]) == ("head", 4, 0.3)
    assert (row["of_object"], row["of_object_low"], row["of_object_high"]) == (1.5, 1.0, 2.0)
    assert (row["others_n"], row["others_gain_low"], row["others_p"]) == (3, 0.05, 0.5)
    assert PART_FINDINGS.findings(PART_FINDINGS.table([finding])) == (finding,)


def test_what_is_not_known_comes_back_as_such():
    unknown = Estimate(math.nan, (math.nan, math.nan))
    finding = NetworkFinding("a", "b", "pixels", "all", 0, unknown, math.nan, unknown, math.nan)
    (again,) = NETWORK_FINDINGS.findings(NETWORK_FINDINGS.table([finding]))
    assert math.isnan(again.p)
    assert all(math.isnan(each) for each in (again.gain.value, *again.gain.interval))


@pytest.mark.parametrize(
    "of",
    [PART_FINDINGS, NETWORK_FINDINGS, FOOLING_CLASS_FINDINGS, FOOLING_PART_FINDINGS],
    ids=lambda of: of.kind,
)
def test_the_columns_are_those_of_the_files_that_ship(of):
    shipped = read_findings(of.kind, "cifar10")
    assert set(of.table(of.read("cifar10"))) == set(shipped)
