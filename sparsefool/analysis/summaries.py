"""Summaries of the rows of many images: rates, medians and means, each with its 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.metrics import Interval, mean_interval, median, median_interval, wilson_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; NaN where there is nothing to estimate it from."""

    value: float
    interval: Interval

    def times(self, factor: float) -> "Estimate":
        """Return the estimate in another unit."""
        return Estimate(factor * self.value, (factor * self.interval[0], factor * self.interval[1]))


@dataclass(frozen=True)
class Summary:
    """What an attack did to n images (Section 4.1).

    Attributes:
        n: images attacked.
        fooled, fooled_8bit: how many were fooled, by the float32 result and by the image rounded to 8 bits.
        fooling_rate: ``fooled`` over n, in [0, 1].
        pixels: median of the changed pixels over the fooled images.
        percent: the same in percent of the pixels of an image.
        percent_quartiles: first and third quartile of that percentage; NaN where no image was fooled.
        iterations, forwards, backwards, seconds: means over all images.
        planes_behind: iterations of all images whose plane lay behind the iterate.
        met_behind: images that had such an iteration.
        percent_without: median percentage over the fooled images that had none; NaN where there is none.
        device: where it was measured; empty where the rows have no device.
    """

    n: int
    fooled: int
    fooled_8bit: int
    fooling_rate: Estimate
    pixels: Estimate
    percent: Estimate
    percent_quartiles: Interval
    iterations: Estimate
    forwards: Estimate
    backwards: Estimate
    seconds: Estimate
    planes_behind: int
    met_behind: int
    percent_without: float
    device: str


def summarise(rows: "pd.DataFrame") -> Summary:
    """Return the summary of one or more rows of :func:`sparsefool.experiments.attack_rows.rows_of`."""
    fooled_rows = rows[rows["success"]]
    n, fooled = len(rows), len(fooled_rows)
    percent = 100 * fooled_rows["pixels"] / fooled_rows["pixels_per_image"]
    return Summary(
        n=n,
        fooled=fooled,
        fooled_8bit=int(rows["success_8bit"].sum()),
        fooling_rate=Estimate(fooled / n, wilson_interval(fooled, n)),
        pixels=_median(fooled_rows["pixels"].tolist()),
        percent=_median(percent.tolist()),
        percent_quartiles=(float(percent.quantile(0.25)), float(percent.quantile(0.75))),
        iterations=_mean(rows["iterations"].tolist()),
        forwards=_mean(rows["forwards"].tolist()),
        backwards=_mean(rows["backwards"].tolist()),
        seconds=_mean(rows["seconds"].tolist()),
        planes_behind=int(rows["planes_behind"].sum()),
        met_behind=int((rows["planes_behind"] > 0).sum()),
        percent_without=median(percent[fooled_rows["planes_behind"] == 0].tolist()),
        device="; ".join(rows["device"].unique()) if "device" in rows else "",
    )


def summarise_by(rows: "pd.DataFrame", columns: Sequence[str]) -> dict[tuple[object, ...], Summary]:
    """Return a summary for each combination of values of some columns, in the order of first appearance."""
    if rows.empty:
        return {}
    groups = rows.groupby(list(columns), sort=False)
    return {key if isinstance(key, tuple) else (key,): summarise(group) for key, group in groups}


def _median(values: Sequence[float]) -> Estimate:
    nothing = float("nan"), float("nan")
    return Estimate(median(values), median_interval(values) if values else nothing)


def _mean(values: Sequence[float]) -> Estimate:
    return Estimate(sum(values) / len(values), mean_interval(values))
