import numpy as np

from sparsefool.analysis.findings.fooling_classes import ANY, FoolingClassFinding
from sparsefool.analysis.findings.fooling_parts import ABOVE, FoolingPartFinding
from sparsefool.analysis.statistics import Estimate
from sparsefool.view.regions.classes.findings import heat_over
from sparsefool.view.regions.classes.texts import example_sentence, network_sentence, pair_sentence

VGG19 = "cifar10/vgg19"
TITLES = ("airplane", "automobile", "bird", "cat", "deer")


def finding(original, fooling, p):
    return FoolingClassFinding(VGG19, original, fooling, 36, 55, 0.21, 0.15, p / 10, p)


def test_a_pair_that_differs_says_so_with_chance_n_and_the_corrected_p():
    assert pair_sentence(finding(2, 0, 0.0002), "bird", "airplane", 36) == (
        "bird → airplane: the perturbations lie elsewhere than those that make a bird another class "
        "(their maps are 21 % apart, chance gives 15 %; n = 36 and 55, p < 0.001)."
    )
    assert "do not clearly lie elsewhere" in pair_sentence(finding(2, 0, 0.2), "bird", "airplane", 36)
    assert pair_sentence(None, "bird", "truck", 1) == (
        "bird → truck: 1 image, too few to compare with those that become another class."
    )


def test_a_network_says_of_how_many_pairs_the_places_differ():
    some = [finding(2, 0, 0.01), finding(2, 3, 0.5), finding(ANY, 4, 0.001), finding(2, ANY, 0.001)]
    assert "**holds for some pairs** on VGG-19: 1 of 2 pairs" in network_sentence(some, "VGG-19")
    assert "**cannot be told** on VGG-19: 0 of 1 pairs" in network_sentence(some[1:2], "VGG-19")
    assert network_sentence([], "VGG-19") == ""


def test_the_papers_example_of_the_antlers_names_the_place_above_the_head():
    gain = Estimate(0.02, (-0.03, 0.09))
    part = FoolingPartFinding(VGG19, ANY, 4, ABOVE, 12, 121, 0.06, 0.04, gain, 0.36)
    other = FoolingPartFinding(VGG19, ANY, 4, "wings", 12, 121, 0.5, 0.04, gain, 0.36)
    said = example_sentence(None, 4, [finding(ANY, 4, 0.2)], [part, other], TITLES)
    assert said.startswith("- any class → deer: the perturbations lie elsewhere")
    assert said.endswith(
        "6 % of the perturbed pixels lie above the head, and 4 % of those that lead elsewhere "
        "(+2 points, 95 %: −3 to +9; p = 0.36; n = 12 and 121)."
    )


def test_the_map_is_brightest_where_the_density_is_and_shows_the_image_where_it_is_not():
    average = np.zeros((4, 4, 3))
    average[0] = 1
    density = np.zeros((4, 4))
    density[3, 3] = 0.5
    drawn = heat_over(average, density)
    assert drawn.sum(2).argmax() in (15, *range(4))
    assert drawn[3, 3].sum() > drawn[2, 2].sum()
    assert drawn[0, 0].sum() > drawn[1, 0].sum()
