import math
from dataclasses import replace

import pytest

from sparsefool.analysis.enrichment import Baseline, Enrichment
from sparsefool.analysis.findings.parts import PartFinding
from sparsefool.analysis.findings.robustness import GROWN
from sparsefool.analysis.statistics import Estimate
from sparsefool.backend.exports.findings import parts_csv, parts_latex
from sparsefool.view.regions.parts.chart import part_figure
from sparsefool.view.regions.parts.texts import (
    numbers,
    part_finding,
    setting_title,
    variants_sentence,
    verdict_sentence,
)

NOTHING = math.nan, math.nan
MORE, LESS, SAME = (
    Baseline(163, Estimate(gain, (gain - 0.05, gain + 0.05)), p)
    for gain, p in ((0.1, 0.0004), (-0.1, 0.02), (0.03, 0.3))
)


def made(part="head", n=163, interval=(1.4, 1.9), value=1.62, baselines=(MORE, MORE, MORE), kind="animals"):
    times = Estimate(value, interval)
    found = Enrichment(part, n, 0.383, 0.238, times, times, *baselines)
    return PartFinding("cifar10/resnet18", "lambda-3", False, kind, found)


def test_the_finding_is_one_sentence_with_n_shares_interval_and_p():
    assert part_finding(made()) == (
        "On 163 CIFAR-10 animals, 38 % of ResNet-18's perturbed pixels on the animal lie on the head, which "
        "covers 24 % of the animal: 1.6 times as many as at random (95 %: 1.40 to 1.90, p < 0.001)."
    )
    assert "lie on the wings, which cover 24 % of the airplane" in part_finding(
        made("wings", kind="airplanes")
    )
    whole = part_finding(made("object"))
    assert (
        "of ResNet-18's perturbed pixels lie on the whole animal, which covers 24 % of the picture" in whole
    )
    weighted = part_finding(replace(made(), weighted=True))
    assert "perturbed pixels (each counted by its change) on the animal" in weighted


def test_without_an_interval_no_none_and_no_nan_is_said():
    few = made(n=3, interval=NOTHING)
    said = f"{part_finding(few)} {verdict_sentence(few)} {numbers([few]).to_string()}"
    assert "None" not in said
    assert "nan" not in said
    assert "Intervals need 10 pictures." in said
    assert "cannot be told with n = 3" in said
    assert "needs 10 pictures" in said


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (made(), "**holds**"),
        (made(baselines=(MORE, MORE, SAME)), "**holds**"),
        (made(baselines=(MORE, SAME, MORE)), "**holds in part**"),
        (made(interval=(0.5, 0.9), value=0.7, baselines=(LESS, SAME, SAME)), "**does not hold**"),
        (made(interval=(0.9, 1.9), baselines=(SAME, MORE, MORE)), "**cannot be told with n = 163**"),
    ],
)
def test_the_verdict_on_the_papers_claim(finding, verdict):
    said = verdict_sentence(finding)
    assert said.startswith(
        "The paper's Section 4.2: perturbations of animals concentrate around the head. "
        f"Here this {verdict}. "
    )


def test_each_baseline_is_compared_with():
    said = verdict_sentence(made(baselines=(MORE, LESS, SAME)))
    assert "The head holds more than random places on the animal (p < 0.001), fewer than the" in said
    assert "not clearly more or fewer than a disc of its size in the middle of the picture (p = 0.3)" in said
    assert "makes no claim about this part" in verdict_sentence(made("wings", kind="airplanes"))


def test_the_settings_have_names():
    titles = [setting_title(name) for name in ("lambda-1", "lambda-3", "lambda-10", "sparsest")]
    assert titles == ["λ = 1", "λ = 3", "λ = 10", "fewest pixels"]


def test_other_annotations_are_told_beside_the_finding():
    grown = made(value=1.5, interval=(1.3, 1.7))
    said = variants_sentence(made(), {GROWN: grown})
    assert "1.62 times as many as at random; with every part one pixel larger" in said
    assert "1.50 (95 %: 1.30 to 1.70, n = 163)" in said
    assert variants_sentence(made(), {}) == ""


def test_the_chart_has_a_row_for_each_part_a_colour_for_each_network_and_marks_one():
    findings = [made(), made("tail", n=20), replace(made(n=160), model="cifar10/vgg19")]
    figure = part_figure(findings)
    assert [each.name for each in figure.data] == ["ResNet-18", "VGG-19"]
    assert list(figure.layout.yaxis.ticktext) == ["head<br>n = 160 to 163", "tail<br>n = 20"]
    assert list(figure.data[1].x) == [1.62, None]
    assert any(shape.x0 == shape.x1 == 1 for shape in figure.layout.shapes)


def test_files_hold_every_number():
    csv = parts_csv([made(), made("tail", n=3, interval=NOTHING)]).decode()
    assert csv.splitlines()[1].startswith("cifar10/resnet18,lambda-3,False,animals,head,163,0.383,0.238,1.62")
    latex = parts_latex([made(), made("tail", n=3, interval=NOTHING)]).decode()
    assert r"ResNet-18 & animals & head & 163 & 38.3 & 23.8 & 1.62 (1.40 to 1.90)" in latex
    assert r"tail & 3 & 38.3 & 23.8 & 1.62 &" in latex
    assert r"\toprule" in latex
