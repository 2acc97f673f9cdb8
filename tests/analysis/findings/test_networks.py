import numpy as np
import pandas as pd
import pytest

from sparsefool.analysis.findings.networks import find_networks
from tests.analysis.findings.made_attacks import RESNET18, VGG19, animal, attack_rows, box, random_masks

MODELS = (VGG19, RESNET18)


def measured(one, other, n=None, fooling=3, annotations=()):
    n = len(one)
    predicted = np.arange(n) % 2
    rows = [attack_rows(one, predicted, 3, VGG19), attack_rows(other, predicted, fooling, RESNET18)]
    found = find_networks(pd.concat(rows, ignore_index=True), MODELS, annotations, draws=200)
    return {(each.measure, each.fooling): each for each in found}


def test_equal_perturbations_share_all_and_those_of_other_images_do_not():
    masks = random_masks(np.random.default_rng(0), 20)
    found = measured(masks, masks)
    for measure in ("pixels", "within 1", "within 2", "smoothed"):
        one = found[measure, "all"]
        assert one.n == 20
        assert one.shared.value == pytest.approx(1)
        assert one.p < 0.02
        assert one.gain.value == pytest.approx(1 - one.others)
    assert found["pixels", "all"].others < 0.1


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("shift", [-1, 1])
def test_neighbours_count_within_one_pixel_and_not_as_the_same(axis, shift):
    masks = random_masks(np.random.default_rng(1), 20, pixels=5, inside=box(1, 1, 31, 31))
    found = measured(masks, np.roll(masks, shift, axis=axis))
    assert found["pixels", "all"].shared.value < 0.1
    assert found["within 1", "all"].shared.value == pytest.approx(1)


def test_random_perturbations_share_no_more_than_those_of_other_images():
    rng = np.random.default_rng(2)
    found = measured(random_masks(rng, 60), random_masks(rng, 60))
    for measure in ("pixels", "within 1", "within 2", "smoothed"):
        low, high = found[measure, "all"].gain.interval
        assert low < 0 < high
        assert found[measure, "all"].p > 0.02


def test_the_head_can_be_shared_without_its_pixels():
    rng = np.random.default_rng(3)
    heads = [(6, 10, 12, 16) if number % 4 < 2 else (20, 20, 26, 26) for number in range(40)]
    masks = [
        np.concatenate([random_masks(rng, 1, pixels=4, inside=box(*head)) for head in heads])
        for _ in range(2)
    ]
    annotations = [animal(image, head, (4, 8, 28, 28)) for image, head in enumerate(heads)]
    found = measured(*masks, annotations=annotations)
    assert found["head", "all"].shared.value == pytest.approx(1)
    assert found["head", "all"].p < 0.02
    assert found["parts", "all"].gain.value > 0.4
    assert found["pixels", "all"].shared.value < 0.3


def test_images_of_the_same_fooling_class_are_told_apart():
    masks = random_masks(np.random.default_rng(4), 24)
    fooling = np.repeat([3, 5], 12)
    other = np.where(fooling[:, None, None] == 3, masks, random_masks(np.random.default_rng(5), 24))
    found = measured(masks, other, fooling=fooling)
    assert found["pixels", "same"].n == found["pixels", "different"].n == 12
    assert found["pixels", "same"].shared.value == pytest.approx(1)
    assert found["pixels", "different"].shared.value < 0.1
    assert np.isnan(found["pixels", "same"].p)
