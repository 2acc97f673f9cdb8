import math
import re

import pytest

from sparsefool.analysis.overlap import Overlap
from sparsefool.analysis.region_findings import ALL, BASELINES, Contrast
from sparsefool.analysis.shares import Shares
from sparsefool.analysis.statistics import Estimate
from sparsefool.view.regions.activation.contrasts import (
    contrast_figure,
    contrast_finding,
    contrast_sentences,
    kind_sentences,
)
from sparsefool.view.regions.activation.share_charts import share_finding, share_intervals, share_sentence
from sparsefool.view.regions.networks.overlaps import overlap_figure, overlap_sentences

VGG19, RESNET18 = "cifar10/vgg19", "cifar10/resnet18"
NOTHING = math.nan, math.nan
NO_SHARES = Shares(label=(), fooling=(), centre=(), elsewhere=())

CONTRASTS = [
    Contrast(VGG19, ALL, "area", 896, Estimate(-0.014, (-0.03, 0.002))),
    Contrast(VGG19, ALL, "elsewhere", 797, Estimate(0.05, (0.01, 0.09))),
    Contrast(VGG19, ALL, "centre", 896, Estimate(-0.3, (-0.34, -0.29))),
    Contrast(VGG19, "animals", "elsewhere", 511, Estimate(0.06, (0.01, 0.11))),
    Contrast(VGG19, "vehicles", "elsewhere", 9, Estimate(0.03, NOTHING)),
]


def test_each_baseline_has_a_sentence_with_verdict_interval_and_n():
    area, elsewhere, centre = contrast_sentences(CONTRASTS)
    assert area == (
        "More than the 20 % of the image that it covers: VGG-19 **cannot be told with n = 896**, −1.4 points "
        "(95 %: −3.0 to +0.2, n = 896)."
    )
    assert "VGG-19 **holds**, +5.0 points" in elsewhere
    assert "VGG-19 **does not hold**, −30.0 points" in centre


def test_one_sentence_says_for_which_networks_the_claim_holds():
    def other(model, baseline, gain):
        return Contrast(model, ALL, baseline, 20, Estimate(0.0, gain))

    clear = [other(RESNET18, baseline, (0.1, 0.2)) for baseline in ("area", "elsewhere")]
    centre = other(RESNET18, "centre", (-0.2, -0.1))
    found = contrast_finding([*CONTRASTS, *clear, centre])
    assert "does: this holds for ResNet-18; cannot be told for VGG-19. " in found
    assert found.endswith("On VGG-19 and ResNet-18, a disc of that size in the middle holds more still.")
    assert "disc" not in contrast_finding([*CONTRASTS[:2], *clear])
    worse = [other(RESNET18, "area", (-0.2, -0.1)), clear[1]]
    assert contrast_finding(worse).endswith("this does not hold for ResNet-18.")
    three = [
        other(model, baseline, (0.1, 0.2))
        for model in (RESNET18, VGG19, "mnist/lenet")
        for baseline in ("area", "elsewhere")
    ]
    assert contrast_finding(three).endswith("this holds for ResNet-18, VGG-19 and LeNet.")


def test_animals_are_told_apart():
    (sentence,) = kind_sentences(CONTRASTS)
    assert sentence.startswith("VGG-19: animals +6.0 points (95 %: +1.0 to +11.0, n = 511), **holds**; ")
    assert sentence.endswith("vehicles +3.0 points (n = 9), **cannot be told with n = 9**.")
    assert kind_sentences(CONTRASTS[:3]) == []


def test_the_chart_has_a_row_for_each_network_and_kind():
    figure = contrast_figure(CONTRASTS)
    assert list(figure.layout.yaxis.ticktext) == [
        "VGG-19<br>all images, n = 797 to 896",
        "VGG-19<br>animals, n = 511",
        "VGG-19<br>vehicles, n = 9",
    ]
    assert len(figure.data) == len(BASELINES)
    area = figure.data[0]
    assert list(area.x) == [pytest.approx(-1.4), None, None]


def test_shares_come_with_intervals_and_n():
    shares = {"A": Shares(label=(0.2, 0.4) * 6, fooling=(), centre=(), elsewhere=()), "B": NO_SHARES}
    assert share_finding(shares).startswith("Of the perturbed pixels, 30 % (A) lie in the 20 % of the image")
    (interval,) = re.findall(r"^95 % intervals: A (\d+ to \d+) %, n = 12\.$", share_intervals(shares))
    low, high = map(int, interval.split(" to "))
    assert low < 30 < high
    assert share_intervals({"B": NO_SHARES}) == ""


def test_shares_are_told_against_what_chance_gives():
    shares = Shares(label=(0.3,) * 12, fooling=(), centre=(0.4,) * 12, elsewhere=())
    assert share_sentence("A", shares).endswith("in each, chance gives 20 %.")


def overlap(n, gain, shared=0.0379):
    return Overlap((RESNET18, VGG19), n, Estimate(shared, (0.0345, 0.0419)), 0.0108, 0.0171, gain)


def test_what_is_shared_is_parted_into_habit_and_image():
    (sentence,) = overlap_sentences([overlap(998, Estimate(0.0208, (0.0175, 0.0248)))])
    assert sentence == (
        "ResNet-18 and VGG-19 share 3.79 % of their pixels (95 %: 3.45 to 4.19), 1.71 % by habit of place "
        "and +2.08 points (95 %: +1.75 to +2.48) because of the image: more than by habit **holds** (random "
        "places: 1.08 %; 998 images that fool both)."
    )
    (few,) = overlap_sentences([overlap(3, Estimate(0.02, NOTHING))])
    assert "**cannot be told with n = 3**" in few
    (none,) = overlap_sentences([overlap(0, Estimate(math.nan, NOTHING))])
    assert none.endswith("no image fooled both, or they differ in size.")
    assert len(overlap_figure([overlap(998, Estimate(0.02, (0.01, 0.03)))]).data) == 3
