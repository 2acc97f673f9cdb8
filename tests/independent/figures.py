"""The figures of the pages and documents, computed from the rows with pandas, NumPy and SciPy alone.

Formulas are written out where they are short. An interval that the package finds by resampling is found here
by a resampling of its own, so its ends are known only within the error of both.
"""

import math
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

RESAMPLES = 2000
FEWEST_FOR_MEDIAN, FEWEST_FOR_MEAN = 6, 10
NAN = math.nan
SURE = 3.5
"""By how many standard errors two resamplings may differ."""


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval; each end is known to lie between two numbers, or is NaN."""

    value: float
    low: tuple[float, float] = (NAN, NAN)
    high: tuple[float, float] = (NAN, NAN)

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.low[0])

    def times(self, factor: float) -> "Figure":
        return Figure(
            factor * self.value,
            tuple(factor * each for each in self.low),
            tuple(factor * each for each in self.high),
        )

    def sides_of(self, limit: float) -> set[bool | None]:
        """All that may be: the interval lies above a limit (True), below it (False) or on both sides."""
        found = set()
        for low, high in product(self.low, self.high):
            found.add(True if low > limit else False if high < limit else None)
        return found


def exact(value: float, low: float = NAN, high: float = NAN) -> Figure:
    return Figure(value, (low, low), (high, high))


def rate(count: int, n: int) -> Figure:
    """A rate with Wilson's interval."""
    if not n:
        return exact(NAN)
    z = stats.norm.ppf(0.975)
    p, scale = count / n, 1 + z**2 / n
    middle = (p + z**2 / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return exact(p, max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < n else 1.0)


def median(values) -> Figure:
    """A median with the narrowest interval between order statistics, k from each end, that holds 95 %."""
    ordered, n = np.sort(np.asarray(values, dtype=float)), len(values)
    if not n:
        return exact(NAN)
    middle, k = float(np.median(ordered)), _from_the_ends(n)
    return exact(middle, ordered[k - 1], ordered[n - k]) if k else exact(middle)


@cache
def _from_the_ends(n: int) -> int:
    """How far from the ends those order statistics of n lie; 0 if there are none."""
    missed = 2 * stats.binom.cdf(np.arange(n // 2), n, 0.5)
    return int((missed <= 0.05).sum())


def mean(values) -> Figure:
    """A mean with its bootstrap interval, widened for few values as Student's t is."""
    values, n = np.asarray(values, dtype=float), len(values)
    if n < FEWEST_FOR_MEAN:
        return exact(float(values.mean()) if n else NAN)
    tail = stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf(0.025, n - 1))
    return _resampled(float(values.mean()), _means(tuple(values)), tail)


def ratio(numerators, denominators) -> Figure:
    """The ratio of two medians over pairs, with its bootstrap interval."""
    one, other = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    if not len(one):
        return exact(NAN)
    value = float(np.median(one) / np.median(other))
    if len(one) < FEWEST_FOR_MEDIAN:
        return exact(value)
    return _resampled(value, _ratios(tuple(one), tuple(other)), 0.025)


@cache
def _means(values: tuple) -> np.ndarray:
    return np.sort(_counts(len(values)) @ np.asarray(values) / len(values))


@cache
def _counts(n: int) -> np.ndarray:
    """How often each of n values is drawn in each resample."""
    drawn = np.random.default_rng(1).integers(n, size=(RESAMPLES, n)) + n * np.arange(RESAMPLES)[:, None]
    return np.bincount(drawn.ravel(), minlength=n * RESAMPLES).reshape(RESAMPLES, n).astype(float)


@cache
def _ratios(one: tuple, other: tuple) -> np.ndarray:
    drawn = np.random.default_rng(2).integers(len(one), size=(RESAMPLES, len(one)))
    return np.sort(np.median(np.asarray(one)[drawn], 1) / np.median(np.asarray(other)[drawn], 1))


def _resampled(value: float, found: np.ndarray, tail: float) -> Figure:
    error = SURE * math.sqrt(2 * tail * (1 - tail) / RESAMPLES)
    around = np.clip([tail - error, tail + error], 0, 1)
    low = np.quantile(found, around, method="inverted_cdf")
    high = np.quantile(found, 1 - around[::-1], method="inverted_cdf")
    slack = 0.02 * (high[1] - low[0])
    return Figure(value, (low[0] - slack, low[1] + slack), (high[0] - slack, high[1] + slack))


def mcnemar(first: pd.Series, second: pd.Series) -> float:
    """The two-sided p-value of McNemar's exact test."""
    only = int((first & ~second).sum()), int((second & ~first).sum())
    return min(1.0, 2 * stats.binom.cdf(min(only), sum(only), 0.5)) if sum(only) else 1.0


def holm(p_values: list[float]) -> list[float]:
    """p-values corrected by Holm's method: the k-th smallest of m times m + 1 - k, but none falls."""
    corrected, last = [NAN] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        last = corrected[index] = max(last, min(1.0, p_values[index] * (len(p_values) - rank)))
    return corrected


def more_often(pairs: list[tuple[pd.Series, pd.Series]]) -> list[bool | None]:
    """For each pair of outcomes whether the first occurs more often; None if that is unclear."""
    p_values = holm([mcnemar(*pair) for pair in pairs])
    return [
        None if p > 0.05 else bool(first.sum() > second.sum())
        for p, (first, second) in zip(p_values, pairs, strict=True)
    ]


@cache
def swap_p(first: tuple, second: tuple) -> tuple[float, float]:
    """Between what the two-sided p-value lies of the mean logarithm of the ratio, if pairs may be swapped."""
    gaps = np.log(np.asarray(first, dtype=float) / np.asarray(second, dtype=float))
    n = len(gaps)
    if n < 2:
        return (1.0, 1.0) if n else (NAN, NAN)
    if 2**n <= RESAMPLES:
        signs = np.array(list(product((-1, 1), repeat=n)))
        extreme = np.abs(signs @ gaps) >= abs(gaps.sum()) * (1 - 1e-9)
        return extreme.mean(), extreme.mean()
    signs = np.random.default_rng(3).choice((-1, 1), size=(RESAMPLES, n))
    extreme = (np.abs(signs @ gaps) >= abs(gaps.sum()) * (1 - 1e-9)).sum()
    p = (extreme + 1) / (RESAMPLES + 1)
    error = SURE * math.sqrt(2 * p * (1 - p) / RESAMPLES) + 1.5 / RESAMPLES
    return max(0.0, p - error), p + error


@dataclass(frozen=True)
class Attacked:
    """What an attack did to n images."""

    n: int
    fooled: int
    fooled_8bit: int
    rate: Figure
    pixels: Figure
    percent: Figure
    features: Figure
    percent_of_all: Figure
    iterations: Figure
    forwards: Figure
    backwards: Figure
    seconds: Figure
    batches: int
    met_behind: int
    percent_without: float
    """Median percentage of the fooled images none of whose planes lay behind the iterate."""

    @property
    def comparable(self) -> bool:
        """Whether enough are fooled for their median to be compared."""
        return self.fooled >= 20 and self.fooled >= 0.8 * self.n


def attacked(rows: pd.DataFrame) -> Attacked:
    fooled = rows[rows["fooling_label"] != rows["predicted"]]
    percent = 100 * rows["pixels"] / rows["pixels_per_image"]
    without = fooled[fooled["planes_behind"] == 0]
    batches = batch_sums(rows, int(rows["batch"].max()))
    return Attacked(
        n=len(rows),
        fooled=len(fooled),
        fooled_8bit=int((rows["fooling_label_8bit"] != rows["predicted"]).sum()),
        rate=rate(len(fooled), len(rows)),
        pixels=median(fooled["pixels"]),
        percent=median(percent.loc[fooled.index]),
        features=median(fooled["features"]),
        percent_of_all=median(percent.where(rows.index.isin(fooled.index), math.inf)),
        iterations=mean(rows["iterations"]),
        forwards=mean(rows["forwards"]),
        backwards=mean(rows["backwards"]),
        seconds=_with_interval_of(mean(batches / rows["batch"].max()), float(rows["seconds"].mean())),
        batches=len(batches),
        met_behind=int((rows["planes_behind"] > 0).sum()),
        percent_without=float(percent.loc[without.index].median()),
    )


def batch_sums(rows: pd.DataFrame, size: int) -> pd.Series:
    """The seconds of each complete batch of ``size`` images, by its number."""
    number = rows["image"] // size
    sums = rows.groupby(number)["seconds"].sum()
    return sums[number.value_counts().reindex(sums.index) == size]


def both_fooled(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the images that both attacks fool in 8 bits."""
    images = [set(rows.index[rows["fooling_label_8bit"] != rows["predicted"]]) for rows in (one, other)]
    common = sorted(images[0] & images[1])
    return one.loc[common], other.loc[common]


def loses(rows: pd.DataFrame, than: pd.DataFrame, label: str) -> tuple[int, int]:
    """Of how many images that one attack fools another attack, too, was tried, and fooled how many."""
    common = than.index[than[label] != than["predicted"]].intersection(rows.index)
    return int((rows.loc[common, label] != rows.loc[common, "predicted"]).sum()), len(common)


def overlaps(first: np.ndarray, second: np.ndarray) -> tuple[Figure, float, float, Figure]:
    """What two networks' perturbations of the same images share, and what they would by chance.

    Args:
        first, second: the changed pixels of both, a row of booleans for each image that fooled both.

    Returns:
        Mean intersection over union; the same expected of random places; the same of
        other images' perturbations of about the same size; and the mean of what is shared beyond the last.
    """
    common = first.astype(np.float32) @ second.astype(np.float32).T
    sizes = first.sum(1), second.sum(1)
    each = common / (sizes[0][:, None] + sizes[1][None, :] - common)
    shared = np.diag(each)
    random = np.mean([_expected_overlap(*pair, first.shape[1]) for pair in zip(*sizes, strict=True)])
    if len(first) < 2:
        return mean(shared), float(random), NAN, mean([])
    one_way = [each[image, others].mean() for image, others in enumerate(_similar(sizes[1]))]
    other_way = [each[others, image].mean() for image, others in enumerate(_similar(sizes[0]))]
    habit = (np.array(one_way) + np.array(other_way)) / 2
    return mean(shared), float(random), float(habit.mean()), mean(shared - habit)


@cache
def _expected_overlap(one: int, other: int, pixels: int) -> float:
    common = np.arange(min(one, other) + 1)
    return float(stats.hypergeom.pmf(common, pixels, one, other) @ (common / (one + other - common)))


def _similar(sizes: np.ndarray) -> list[np.ndarray]:
    """For each image the six others next to it in size, three on each side if it can be."""
    order, n = sorted(range(len(sizes)), key=lambda image: sizes[image]), len(sizes)
    count, found = min(6, len(sizes) - 1), {}
    for place, image in enumerate(order):
        start = min(max(0, place - count // 2), n - 1 - count)
        found[image] = np.array([each for each in order[start : start + count + 1] if each != image])
    return [found[image] for image in range(n)]


def _with_interval_of(figure: Figure, value: float) -> Figure:
    return Figure(value, figure.low, figure.high)
