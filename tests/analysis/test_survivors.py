import math

import pytest

from sparsefool.analysis.survivors import enough_fooled, sparsity, sparsity_by
from tests.analysis.attack_rows import make_rows


def test_both_medians_are_the_same_where_all_images_are_fooled():
    found = sparsity(make_rows([True] * 21, range(10, 31)))
    assert found.comparable
    assert found.reached
    assert found.over_all == found.summary.percent
    assert found.over_all.value == 2.0


def test_an_image_that_is_not_fooled_counts_as_more_than_any_other():
    """Of 10 images the 7 easy ones are fooled: over all, the median is between the fifth and the sixth."""
    found = sparsity(make_rows([True] * 7 + [False] * 3, [10, 20, 30, 40, 50, 60, 70, 1, 1, 1]))
    assert found.summary.percent.value == 4.0
    assert found.over_all.value == 5.5
    assert found.over_all.interval[1] == math.inf


@pytest.mark.parametrize("fooled", [0, 1, 10])
def test_the_median_over_all_is_not_reached_where_no_more_than_half_are_fooled(fooled):
    found = sparsity(make_rows([True] * fooled + [False] * (20 - fooled), [30] * 20))
    assert not found.reached
    assert found.over_all.value == math.inf
    assert not found.comparable


def test_it_is_reached_from_the_first_image_beyond_half_on():
    assert sparsity(make_rows([True] * 11 + [False] * 9, [30] * 20)).over_all.value == 3.0


@pytest.mark.parametrize(
    ("fooled", "n", "enough"),
    [(20, 20, True), (19, 19, False), (20, 25, True), (20, 26, False), (160, 200, True), (159, 200, False)],
)
def test_medians_over_the_fooled_are_compared_from_80_percent_and_20_images_on(fooled, n, enough):
    assert enough_fooled(fooled, n) == enough


def test_each_value_has_its_own():
    rows = make_rows([True] * 4, [10, 20, 30, 40]).assign(delta=[1.0, 2.0, 1.0, 2.0])
    assert {key: each.over_all.value for key, each in sparsity_by(rows, ("delta",)).items()} == {
        (1.0,): 2.0,
        (2.0,): 3.0,
    }
    assert sparsity_by(rows[:0], ("delta",)) == {}
