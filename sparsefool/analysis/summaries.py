"""Summaries of the rows of many images: rates, medians and means, each with its 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate, Interval, estimate_mean, estimate_median, estimate_rate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Summary:
    """What an attack did to n images (Section 4.1).

    Attributes:
        n: images attacked.
        fooled, fooled_8bit: how many were fooled, by the float32 result and by the image rounded to 8 bits.
        fooling_rate: ``fooled`` over n, in [0, 1].
        pixels: median of the changed pixels over the fooled images.
        percent: the same in percent of the pixels of an image.
        features: median of the changed features, single channel values, over the fooled images.
        percent_quartiles: first and third quartile of that percentage; NaN where no image was fooled.
        iterations, forwards, backwards: means over all images.
        seconds: mean over all images. What is measured is the time of a batch, so the interval is over
            ``batches``, and there is none for few of them.
        batches: how many complete batches the images are.
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
    features: Estimate
    percent_quartiles: Interval
    iterations: Estimate
    forwards: Estimate
    backwards: Estimate
    seconds: Estimate
    batches: int
    planes_behind: int
    met_behind: int
    percent_without: float
    device: str


def summarise(rows: "pd.DataFrame") -> Summary:
    """Return the summary of one or more rows of an attack (:mod:`sparsefool.experiments.records`)."""
    fooled_rows = rows[rows["success"]]
    n, fooled = len(rows), len(fooled_rows)
    percent = 100 * fooled_rows["pixels"] / fooled_rows["pixels_per_image"]
    batches = _seconds_of_batches(rows)
    return Summary(
        n=n,
        fooled=fooled,
        fooled_8bit=int(rows["success_8bit"].sum()),
        fooling_rate=estimate_rate(fooled, n),
        pixels=estimate_median(fooled_rows["pixels"].tolist()),
        percent=estimate_median(percent.tolist()),
        features=estimate_median(fooled_rows["features"].tolist()),
        percent_quartiles=(float(percent.quantile(0.25)), float(percent.quantile(0.75))),
        iterations=estimate_mean(rows["iterations"].tolist()),
        forwards=estimate_mean(rows["forwards"].tolist()),
        backwards=estimate_mean(rows["backwards"].tolist()),
        seconds=Estimate(float(rows["seconds"].mean()), estimate_mean(batches).interval),
        batches=len(batches),
        planes_behind=int(rows["planes_behind"].sum()),
        met_behind=int((rows["planes_behind"] > 0).sum()),
        percent_without=float(percent[fooled_rows["planes_behind"] == 0].median()),
        device="; ".join(rows["device"].unique()) if "device" in rows else "",
    )


def summarise_by(rows: "pd.DataFrame", columns: Sequence[str]) -> dict[tuple[object, ...], Summary]:
    """Return a summary for each combination of values of some columns, in the order of first appearance."""
    if rows.empty:
        return {}
    groups = rows.groupby(list(columns), sort=False)
    return {key if isinstance(key, tuple) else (key,): summarise(group) for key, group in groups}


def batch_seconds(rows: "pd.DataFrame", size: int) -> "pd.Series[float]":
    """Return the seconds of each complete batch of ``size`` images, which may be several as they were run."""
    batches = rows.groupby(rows["image"] // size)["seconds"].agg(["sum", "size"])
    took: pd.Series[float] = batches.loc[batches["size"] == size, "sum"]
    return took


def _seconds_of_batches(rows: "pd.DataFrame") -> list[float]:
    """Return the seconds per image of each complete batch; none where the rows do not name their batch."""
    if "batch" not in rows:
        return []
    size = int(rows["batch"].max())
    return [seconds / size for seconds in batch_seconds(rows, size)]
