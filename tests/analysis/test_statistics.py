"""How often the intervals hold what they estimate, and the tests reject what is true."""

import math

import numpy as np
import pytest
from scipy import stats

from sparsefool.analysis import statistics
from sparsefool.analysis.statistics import (
    FEWEST_FOR_MEAN,
    FEWEST_FOR_MEDIAN,
    estimate_mean,
    estimate_median,
    estimate_rate,
    estimate_ratio,
    holm,
    permutation_p,
)

pytestmark = pytest.mark.figures


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 300)


def has_no_interval(estimate):
    return all(math.isnan(end) for end in estimate.interval)


def holds(estimate, truth):
    return estimate.interval[0] <= truth <= estimate.interval[1]


def coverage_of_wilson(rate, n):
    """Return, exactly, how often the interval holds a rate."""
    first, last = stats.binom.ppf([1e-9, 1 - 1e-9], n, rate).astype(int)
    return sum(
        float(stats.binom.pmf(count, n, rate))
        for count in range(first, last + 1)
        if holds(estimate_rate(count, n), rate)
    )


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_intervals_are_the_published_ones(successes, n, low, high):
    estimate = estimate_rate(successes, n)
    assert estimate.value == successes / n
    assert estimate.interval == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("rate", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("n", [200, 500, 1000])
def test_a_rate_lies_in_its_interval_95_percent_of_the_time(rate, n):
    assert 0.93 < coverage_of_wilson(rate, n) < 0.97


@pytest.mark.parametrize(
    ("rate", "n", "coverage"),
    [
        *(
            (rate, n, known)
            for rate in (0.01, 0.99)
            for n, known in {6: 0.9415, 17: 0.8429, 20: 0.9831}.items()
        ),
        (0.5, 6, 0.9688),
        (0.5, 13, 0.9775),
        (0.5, 21, 0.9216),
    ],
)
def test_at_few_images_counts_are_too_coarse_for_95_percent(rate, n, coverage):
    assert coverage_of_wilson(rate, n) == pytest.approx(coverage, abs=1e-4)
    outcomes = np.sort(stats.binom.pmf(np.arange(n + 1), n, rate))[::-1].cumsum()
    assert rate == 0.5 or not ((outcomes > 0.945) & (outcomes < 0.97)).any(), "no set of counts comes nearer"


def test_the_median_interval_is_the_table_of_order_statistics():
    # Conover's table: n = 6: ranks 1 and 6; n = 20: ranks 6 and 15; n = 100: ranks 40 and 61.
    for n, ranks in {6: (1, 6), 20: (6, 15), 100: (40, 61)}.items():
        assert estimate_median(list(range(1, n + 1))).interval == ranks


@pytest.mark.parametrize("n", [6, 50, 1000])
def test_the_median_of_skewed_counts_lies_in_its_interval(n):
    rng = np.random.default_rng(n)
    held = np.mean([holds(estimate_median(skewed(rng, n)), 15) for _ in range(400)])
    rank = stats.binom.ppf(0.025, n, 0.5)
    exact = 1 - 2 * stats.binom.cdf(rank - 1, n, 0.5)  # of a continuous distribution
    assert 0.95 <= exact < 0.97 or n < 20
    assert held > exact - 3 * math.sqrt(exact * (1 - exact) / 400), "ties can only widen it"


def skewed(rng, n):
    """Return counts of pixels with a median of 15, some of them ten times as many."""
    return np.ceil(np.exp(math.log(14.5) + rng.normal(0, 0.8, n))).tolist()


@pytest.mark.parametrize(("n", "runs"), [(6, 400), (20, 400), (100, 300), (1000, 60)])
@pytest.mark.usefixtures("few_resamples")
def test_a_ratio_on_the_same_images_lies_in_its_interval(n, runs):
    rng, held = np.random.default_rng(n), 0
    for _ in range(runs):
        hardness = rng.normal(0, 0.7, n)
        ours, other = (np.exp(hardness + rng.normal(0, 0.4, n)) for _ in range(2))
        held += holds(estimate_ratio((2.5 * other).tolist(), ours.tolist()), 2.5)
    error = math.sqrt(0.95 * 0.05 / runs)
    assert held / runs > 0.93 - error
    assert held / runs < 0.97 + 2 * error or n < 50


@pytest.mark.parametrize(("n", "at_least"), [(10, 0.92), (100, 0.93)])
@pytest.mark.usefixtures("few_resamples")
def test_the_mean_of_shares_lies_in_its_interval(n, at_least):
    rng = np.random.default_rng(n)
    held = np.mean([holds(estimate_mean(rng.beta(2, 5, n).tolist()), 2 / 7) for _ in range(400)])
    assert at_least - 0.01 < held < 0.975


def test_the_interval_of_a_mean_holds_what_other_ways_to_measure_it_give():
    values = np.random.default_rng(0).normal(10, 1, 40).tolist()
    alone = estimate_mean(values)
    moved = [[value + by for value in values] for by in (3, -2, 50)]
    found = estimate_mean(values, [*moved[:2], moved[2][:1]])
    assert found.value == alone.value
    assert found.interval[0] < alone.value - 2
    assert alone.value + 3 < found.interval[1] < alone.interval[1] + 4, "a single value says nothing"
    assert estimate_mean(values, [values]).interval == pytest.approx(alone.interval, rel=1e-3)


def test_too_few_values_have_no_interval_and_none_have_no_value():
    assert has_no_interval(estimate_median([3.0] * (FEWEST_FOR_MEDIAN - 1)))
    assert not has_no_interval(estimate_median([3.0] * FEWEST_FOR_MEDIAN))
    assert has_no_interval(estimate_ratio([3.0] * 5, [1.0] * 5))
    assert has_no_interval(estimate_mean([3.0] * (FEWEST_FOR_MEAN - 1)))
    assert estimate_median([1, 3]).value == estimate_mean([1, 3]).value == estimate_ratio([4], [2]).value == 2
    for nothing in (estimate_rate(0, 0), estimate_median([]), estimate_mean([]), estimate_ratio([], [])):
        assert math.isnan(nothing.value)
        assert has_no_interval(nothing)


def test_positive_values_have_a_positive_mean():
    low, high = estimate_mean([0.1] * 19 + [70.0]).interval
    assert 0 < low < 3.6 < high


def test_a_ratio_is_of_pairs():
    ours = [float(2**power) for power in range(10)]
    assert estimate_ratio([3 * each for each in ours], ours).interval == (3, 3)
    low, high = estimate_ratio([3 * each for each in reversed(ours)], ours).interval
    assert low < 3 < high
    with pytest.raises(ValueError, match="no pairs"):
        estimate_ratio([1.0], ours)


@pytest.mark.parametrize("n", [12, 40])
@pytest.mark.usefixtures("few_resamples")
def test_p_values_are_uniform_where_nothing_differs(n):
    rng, p_values = np.random.default_rng(n), []
    for _ in range(1000):
        hardness = rng.normal(0, 1, n)
        pair = (tuple(np.exp(hardness + rng.normal(0, 0.5, n)).tolist()) for _ in range(2))
        p_values.append(permutation_p(*pair))
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_few_pairs_are_permuted_exactly():
    """Of the 2⁶ ways to swap, the pairs as they are and all swapped are the most extreme."""
    assert permutation_p((2.0, 3.0, 5.0, 7.0, 9.0, 11.0), (1.0,) * 6) == pytest.approx(2 / 64)
    assert permutation_p((1.0, 2.0), (1.0, 2.0)) == 1
    assert permutation_p((3.0,), (1.0,)) == 1
    assert math.isnan(permutation_p((), ()))


def test_holms_correction_is_the_one_by_hand():
    """Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1 is 0.02, 0.03, 0.06, 0.04, which may not fall."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.6]) == [1, 1]
    assert holm([]) == []
