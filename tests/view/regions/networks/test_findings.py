import math

from sparsefool.analysis.findings.networks import NetworkFinding
from sparsefool.analysis.statistics import Estimate
from sparsefool.view.regions.networks.findings import network_figure, network_sentence, network_sentences

RESNET18, VGG19, LINF = "cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf"


def finding(first, second, measure, shared, others, p, n=998):
    gain = Estimate(shared - others, (shared - others - 0.01, shared - others + 0.01))
    return NetworkFinding(first, second, measure, "all", n, Estimate(shared, (0, 1)), others, gain, p)


FOUND = [
    finding(RESNET18, VGG19, "pixels", 0.08, 0.04, 0.001),
    finding(RESNET18, VGG19, "smoothed", 0.45, 0.34, 0.001),
    finding(RESNET18, LINF, "pixels", 0.06, 0.05, 0.2, 1000),
    finding(RESNET18, LINF, "smoothed", 0.36, 0.33, 0.3, 1000),
]


def test_the_claim_of_shared_places_has_a_verdict_ranges_and_n():
    assert network_sentence(FOUND) == (
        "The paper's Section 4.2: all networks are perturbed at the same places, each in its own pattern. "
        "Here this **holds in part**: two networks share 6 to 8 % of their pixels, but 36 to 45 % of their "
        "smoothed maps (33 to 34 % on other images like it; more by every measure of place in 1 of 2 "
        "pairs; n = 998 to 1,000)."
    )
    assert "**holds**" in network_sentence(FOUND[:2])
    assert "**cannot be told**" in network_sentence(FOUND[2:])


def test_each_pair_has_a_sentence_and_a_colour_and_each_measure_a_row():
    first, second = network_sentences(FOUND)
    assert first.startswith(
        "ResNet-18 and VGG-19 agree in the same pixel 8 % (+4.0 points, 95 %: +3.0 to +5.0"
    )
    assert "p = 0.2, n = 1,000" in second
    few = [finding(RESNET18, VGG19, "pixels", 0.08, 0.04, math.nan, 3)]
    assert "nan" not in network_sentences(few)[0]
    figure = network_figure(FOUND)
    assert [each.name for each in figure.data] == [
        "ResNet-18 and VGG-19",
        "ResNet-18 and ResNet-18, adversarially trained",
    ]
    assert list(figure.layout.yaxis.ticktext) == [
        "the same pixel<br>n = 998 to 1,000",
        "the smoothed map<br>n = 998 to 1,000",
    ]
