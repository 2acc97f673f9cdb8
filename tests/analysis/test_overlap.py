import math

import numpy as np
import pandas as pd
import pytest

from sparsefool.analysis.overlap import (
    SIMILAR,
    _most_similar,
    chance_overlap,
    intersection_over_union,
    overlap_of,
    overlaps_of,
)
from sparsefool.errors import ParameterError


def mask(*pixels):
    found = np.zeros((4, 5), dtype=bool)
    found.flat[list(pixels)] = True
    return found


def test_overlap_of_known_sets():
    assert intersection_over_union(mask(0, 1, 2), mask(2, 3)) == 1 / 4
    assert intersection_over_union(mask(7), mask(7)) == 1
    assert intersection_over_union(mask(7), mask(8)) == 0
    assert math.isnan(intersection_over_union(mask(), mask()))
    with pytest.raises(ParameterError, match="one size"):
        intersection_over_union(mask(1), mask(1).T)


@pytest.mark.parametrize(("first", "second", "pixels"), [(3, 5, 20), (40, 60, 784), (15, 12, 20), (1, 1, 9)])
def test_the_chance_overlap_is_what_random_sets_have(first, second, pixels):
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(20_000):
        one = rng.permutation(pixels)[:first]
        common = int((one < second).sum())  # the second set may stay where it is
        draws.append(common / (first + second - common))
    error = np.std(draws) / math.sqrt(len(draws))
    assert chance_overlap(first, second, pixels) == pytest.approx(np.mean(draws), abs=4 * error)


def test_the_chance_overlap_of_special_sets():
    assert chance_overlap(0, 5, 20) == 0
    assert chance_overlap(20, 5, 20) == pytest.approx(5 / 20)
    assert chance_overlap(20, 20, 20) == pytest.approx(1)
    assert math.isnan(chance_overlap(0, 0, 20))
    assert 0 < chance_overlap(300, 200, 50_176) < 0.01
    with pytest.raises(ParameterError, match="do not fit"):
        chance_overlap(21, 1, 20)


def test_the_overlap_is_the_mean_over_the_images():
    masks = [(mask(0, 1, 2), mask(2, 3)), (mask(7), mask(7))]
    overlap = overlap_of(("a", "b"), masks)
    assert (overlap.models, overlap.n, overlap.shared.value) == (("a", "b"), 2, (1 / 4 + 1) / 2)
    assert overlap.random == pytest.approx((chance_overlap(3, 2, 20) + chance_overlap(1, 1, 20)) / 2)
    assert all(math.isnan(end) for end in overlap.shared.interval), "two images are too few for an interval"
    assert overlap.verdict is None
    low, high = overlap_of(("a", "b"), masks * 10).shared.interval
    assert low < 5 / 8 < high


def test_chance_is_what_perturbations_of_different_images_share_both_ways():
    masks = [(mask(0, 1), mask(1, 2)), (mask(2, 3), mask(5, 6)), (mask(5, 9), mask(1, 9))]
    overlap = overlap_of(("a", "b"), masks)
    others = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    expected = [intersection_over_union(masks[i][0], masks[j][1]) for i, j in others]
    assert overlap.chance == pytest.approx(np.mean(expected))
    assert overlap.because_of_image.value == pytest.approx(overlap.shared.value - overlap.chance)


def test_a_habit_of_place_is_not_shared_because_of_the_image():
    rng = np.random.default_rng(5)

    def draw(low, high, count):
        return mask(*rng.choice(np.arange(low, high), count, replace=False))

    habit = [(draw(0, 8, 3), draw(0, 8, 3)) for _ in range(300)]
    overlap = overlap_of(("a", "b"), habit)
    assert overlap.shared.interval[0] > 1.5 * overlap.random, "by random places it would be shared"
    assert overlap.chance == pytest.approx(overlap.shared.value, rel=0.1)
    assert overlap.verdict is not True
    same = [(pixels, pixels | draw(0, 8, 1)) for pixels, _ in habit]
    assert overlap_of(("a", "b"), same).verdict is True


def test_the_perturbations_of_different_images_have_the_same_size():
    """Large ones share more with large ones: unmatched, chance would be too low."""
    small, large = [(mask(0), mask(0))] * 40, [(mask(*range(12)), mask(*range(12)))] * 10
    mixed = overlap_of(("a", "b"), [*small, *large])
    assert mixed.shared.value == 1
    assert mixed.chance > 0.95, "of all others together it would be 0.7"


def test_every_image_is_compared_with_the_others_closest_in_size():
    sizes = np.random.default_rng(6).integers(1, 1000, 50)
    similar = _most_similar(sizes)
    assert similar.shape == (50, SIMILAR)
    assert all(image not in row and len(set(row)) == SIMILAR for image, row in enumerate(similar))
    order = np.argsort(np.argsort(sizes, kind="stable"))
    assert max(np.abs(order[row] - order[image]).max() for image, row in enumerate(similar)) <= SIMILAR
    assert _most_similar(np.array([3, 1])).tolist() == [[1], [0]]


def test_without_an_image_there_is_nothing_to_share():
    overlap = overlap_of(("a", "b"), [])
    assert overlap.n == 0
    assert np.isnan([overlap.shared.value, overlap.random, overlap.chance]).all()
    (alone,) = [overlap_of(("a", "b"), [(mask(0), mask(0))])]
    assert alone.shared.value == 1
    assert np.isnan([alone.chance, alone.because_of_image.value]).all()


def made_rows(model, pixels, image=0):
    changed_at = np.array(pixels)
    return {"model": model, "image": image, "success_8bit": True, "changed_at": changed_at}


def test_two_networks_share_the_pixels_that_both_changed_where_both_were_fooled():
    other = "cifar10/vgg19"
    first = [made_rows("cifar10/resnet18", [0, 1, 1024 + 1, 5], image) for image in range(2)]
    second = [made_rows(other, [1, 2048 + 5, 9], image) for image in range(1, 3)]
    (overlap,) = overlaps_of(pd.DataFrame(first + second))
    assert overlap.n == 1
    assert overlap.shared.value == 2 / 4
    failed = [made_rows(other, [1], 0) | {"success_8bit": False}]
    (without,) = overlaps_of(pd.DataFrame(first + second + failed))
    assert (without.n, without.shared.value) == (1, 2 / 4), "an unfooled image does not count"
    small = [made_rows("mnist/lenet", [1], 0)]
    assert overlaps_of(pd.DataFrame(first + small)) == []
    more = [made_rows(model, [1], image) for image in range(5) for model in ("mnist/lenet", other)]
    assert overlaps_of(pd.DataFrame(more)) == [], "whatever the number of images"
