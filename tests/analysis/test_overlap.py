import math

import numpy as np
import pytest

from sparsefool.analysis.overlap import chance_overlap, intersection_over_union, overlap_of
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
    assert overlap.chance == pytest.approx((chance_overlap(3, 2, 20) + chance_overlap(1, 1, 20)) / 2)
    assert all(math.isnan(end) for end in overlap.shared.interval), "two images are too few for an interval"
    low, high = overlap_of(("a", "b"), masks * 10).shared.interval
    assert low < 5 / 8 < high


def test_without_an_image_there_is_nothing_to_share():
    overlap = overlap_of(("a", "b"), [])
    assert overlap.n == 0
    assert math.isnan(overlap.shared.value)
    assert math.isnan(overlap.chance)
