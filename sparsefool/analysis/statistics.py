"""Estimates with their 95 % intervals, and paired tests; SciPy computes them.

How often an interval holds what it estimates, at least, is measured in tests/analysis/test_statistics.py.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 2_000
"""Of a bootstrap, and of a permutation test; up to ten pairs have fewer permutations, and it is exact."""

FEWEST_FOR_MEDIAN = 6
"""The fewest values whose median, or pairs whose ratio of medians, has an interval."""

FEWEST_FOR_MEAN = 10
"""The fewest values whose mean has an interval: of fewer skewed ones it would hold too seldom."""

Interval = tuple[float, float]
Statistic = Callable[..., Any]

_NOTHING: Interval = (math.nan, math.nan)


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; NaN where there is nothing, or too little, to estimate it from."""

    value: float
    interval: Interval

    def times(self, factor: float) -> "Estimate":
        """Return the estimate in another unit."""
        return Estimate(factor * self.value, (factor * self.interval[0], factor * self.interval[1]))


def estimate_rate(successes: int, n: int) -> Estimate:
    """Return a rate in [0, 1] with Wilson's interval; NaN where n is 0.

    Over all rates the interval holds 95 % of the time. At a single one it may not, because counts are whole:
    a rate of 1 % is held 84.3 % of the time at n = 17, and 93 % of the time or more from n = 157 on.
    """
    if n == 0:
        return Estimate(math.nan, _NOTHING)
    from scipy.stats import binomtest

    ends = binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(successes / n, (float(ends.low), float(ends.high)))


def estimate_median(values: Sequence[float]) -> Estimate:
    """Return a median with the exact interval between two order statistics.

    It holds at least 95 % of the time, whatever the distribution, and needs :data:`FEWEST_FOR_MEDIAN` values.
    """
    if not len(values):
        return Estimate(math.nan, _NOTHING)
    from scipy.stats import quantile_test

    ends = quantile_test(np.asarray(values, dtype=np.float64)).confidence_interval(CONFIDENCE)
    return Estimate(float(np.median(values)), (float(ends.low), float(ends.high)))


def estimate_mean(values: Sequence[float], variants: Sequence[Sequence[float]] = ()) -> Estimate:
    """Return a mean with its bootstrap interval, which needs :data:`FEWEST_FOR_MEAN` values.

    The percentiles are those that make the interval of normal values as wide as Student's (T. Hesterberg,
    "What Teachers Should Know about the Bootstrap", 2015); without that it is too narrow for few values.

    Args:
        values: whose mean it is.
        variants: the same measured in other ways, each as likely to be the right one. The interval is that of
            the draws of all together, so that it holds their means too; a single value says nothing.
    """
    n = len(values)
    if n < FEWEST_FOR_MEAN:
        return Estimate(float(np.mean(values)) if n else math.nan, _NOTHING)
    from scipy.stats import norm, t

    tail = norm.sf(math.sqrt(n / (n - 1)) * t.isf((1 - CONFIDENCE) / 2, n - 1))
    usable = [(tuple(each),) for each in (values, *variants) if len(each) > 1]
    return Estimate(float(np.mean(values)), _bootstrap(tuple(usable), np.mean, float(1 - 2 * tail)))


def estimate_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Return the median of some values over that of others, pair by pair on the same images.

    The interval is a bootstrap's that draws whole pairs. It needs :data:`FEWEST_FOR_MEDIAN` of them.

    Args:
        numerators, denominators: positive, and in the same order.

    Raises:
        ValueError: there are more of the one than of the other.
    """
    _check_pairs(numerators, denominators)
    if not len(numerators):
        return Estimate(math.nan, _NOTHING)
    value = float(_ratio_of_medians(np.asarray(numerators), np.asarray(denominators)))
    if len(numerators) < FEWEST_FOR_MEDIAN:
        return Estimate(value, _NOTHING)
    pairs = tuple(numerators), tuple(denominators)
    return Estimate(value, _bootstrap((pairs,), _ratio_of_medians, CONFIDENCE))


@lru_cache(maxsize=4096)
def permutation_p(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Return the p-value, two-sided, of there being no difference within pairs; NaN where there is no pair.

    Under the null hypothesis the two values of a pair may be swapped. The statistic is the mean logarithm of
    their ratio.

    Args:
        first, second: positive, and in the same order.

    Raises:
        ValueError: there are more of the one than of the other.
    """
    _check_pairs(first, second)
    if len(first) < 2:
        return 1.0 if first else math.nan
    from scipy.stats import permutation_test

    def statistic(one: Any, other: Any, axis: int) -> Any:
        return np.mean(one - other, axis=axis)

    found = permutation_test(
        (np.log(first), np.log(second)),
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=0,
    )
    return float(found.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected by Holm's method for there being several, in the same order."""
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    corrected = np.empty_like(given)
    corrected[order] = np.minimum(1, np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)))
    return [float(p) for p in corrected]


@lru_cache(maxsize=4096)
def _bootstrap(
    variants: tuple[tuple[tuple[float, ...], ...], ...], statistic: Statistic, confidence: float
) -> Interval:
    """Return the percentile bootstrap interval of a statistic, over the draws of all variants together.

    Each variant is some paired samples. The draws are always the same.
    """
    from scipy.stats import bootstrap

    draws = [
        bootstrap(
            [np.asarray(sample, dtype=np.float64) for sample in samples],
            statistic,
            paired=True,
            vectorized=True,
            method="percentile",
            n_resamples=RESAMPLES,
            rng=0,
        ).bootstrap_distribution
        for samples in variants
    ]
    low, high = np.percentile(np.concatenate(draws), (50 * (1 - confidence), 50 * (1 + confidence)))
    return float(low), float(high)


def _ratio_of_medians(numerators: Any, denominators: Any, axis: int = -1) -> Any:
    return np.median(numerators, axis=axis) / np.median(denominators, axis=axis)


def _check_pairs(first: Sequence[float], second: Sequence[float]) -> None:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} values make no pairs")
