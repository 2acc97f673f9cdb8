from dataclasses import replace

from sparsefool.backend.networks import overlaps
from sparsefool.view.regions.networks.samples import sample_finding, shared_pixels
from tests.view.attack_report import make_report

MODELS = ("cifar10/resnet18", "cifar10/vgg19")
FOOLED = make_report()
OTHERS = [replace(FOOLED, request=replace(FOOLED.request, model=model)) for model in MODELS]
UNFOOLED = make_report(success_8bit=False)


def test_pixels_count_only_where_a_network_is_fooled():
    rows = [(FOOLED, FOOLED), (FOOLED, UNFOOLED), (FOOLED, UNFOOLED)]
    said = sample_finding(MODELS, rows)
    assert said.startswith("On these 3 pictures, two networks share 100 % of their perturbed pixels (n = 1 ")
    assert said.endswith("where a network is fooled: ResNet-18 2 and VGG-19 2 (1 of 3 fool it).")
    assert "too few for an interval" in said


def test_where_no_two_networks_are_fooled_nothing_is_compared():
    rows = [(FOOLED, UNFOOLED)]
    assert sample_finding(MODELS, rows).endswith("is fooled: ResNet-18 2 and VGG-19 none.")
    assert "nothing to compare" in shared_pixels(overlaps(rows))


def test_pairs_that_cannot_be_compared_are_told_once():
    third = replace(UNFOOLED, request=replace(UNFOOLED.request, model="cifar10/resnet18-linf"))
    said = shared_pixels(overlaps([(*OTHERS, third)]))
    assert said.startswith("Shared pixels: ResNet-18 and VGG-19 100.0 %, random places ")
    assert said.endswith("; the others are not both fooled, or differ in image size.")
