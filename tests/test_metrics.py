import math

import pytest
import torch

from sparsefool import metrics


def test_a_pixel_counts_once_whichever_channels_changed():
    before = torch.zeros(1, 3, 2, 2)
    after = before.clone()
    after[0, :, 0, 0] = 0.1
    after[0, 1, 1, 1] = 0.5
    assert metrics.pixels_changed(before, after).tolist() == [2]
    assert metrics.features_changed(before, after).tolist() == [4]
    assert metrics.max_change(before, after).tolist() == [127.5]


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals_are_the_published_ones(successes, n, low, high):
    assert metrics.wilson_interval(successes, n) == pytest.approx((low, high), abs=1e-4)


def test_the_median_interval_is_the_table_of_order_statistics():
    # Conover's table: n = 6: ranks 1 and 6; n = 20: ranks 6 and 15; n = 100: ranks 40 and 61.
    for n, ranks in {6: (1, 6), 20: (6, 15), 100: (40, 61)}.items():
        assert metrics.median_interval(list(range(1, n + 1))) == ranks


def test_few_values_give_their_range_and_none_an_error():
    assert metrics.median_interval([3, 1]) == (1, 3)
    with pytest.raises(ValueError, match="no values"):
        metrics.median_interval([])


def test_the_median_of_nothing_is_not_a_number():
    assert metrics.median([4, 1, 3]) == 3
    assert math.isnan(metrics.median([]))
