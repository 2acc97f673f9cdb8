"""Summaries of the rows of many images: rates, medians and means, each with its 95 % interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate, estimate_mean, estimate_median, estimate_rate

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
        planes_behind: iterations of all images whose plane lay behind the iterate.
        met_behind: images that had such an iteration.
        percent_without: median percentage over the fooled images that had none; NaN where there is none.
        device: where it was measured; empty where the rows have no device.
        counts: by ``iterations``, ``forwards`` and ``backwards``, those of each image.
        mean_seconds: the mean of the images.
        batch_means: the seconds per image of each complete batch.
    """

    n: int
    fooled: int
    fooled_8bit: int
    fooling_rate: Estimate
    pixels: Estimate
    percent: Estimate
    features: Estimate
    planes_behind: int
    met_behind: int
    percent_without: float
    device: str
    counts: Mapping[str, Sequence[float]] = field(repr=False)
    mean_seconds: float
    batch_means: Sequence[float] = field(repr=False)

    @property
    def batches(self) -> int:
        """How many complete batches the images are."""
        return len(self.batch_means)

    # Bootstraps take most of the time of a summary, so each is computed when it is asked for.

    @cached_property
    def iterations(self) -> Estimate:
        """The mean over all images."""
        return estimate_mean(self.counts["iterations"])

    @cached_property
    def forwards(self) -> Estimate:
        """The mean over all images."""
        return estimate_mean(self.counts["forwards"])

    @cached_property
    def backwards(self) -> Estimate:
        """The mean over all images."""
        return estimate_mean(self.counts["backwards"])

    @cached_property
    def seconds(self) -> Estimate:
        """The mean over all images.

        What is measured is the time of a batch, so the interval is over complete batches, and there is none
        for few of them.
        """
        return Estimate(self.mean_seconds, estimate_mean(self.batch_means).interval)


Summaries = Mapping[tuple[str, str], Summary]
"""By network and attack."""


def summarise(rows: "pd.DataFrame") -> Summary:
    """Return the summary of one or more rows of an attack (:mod:`sparsefool.experiments.records`)."""
    fooled_rows = rows[rows["success"]]
    n, fooled = len(rows), len(fooled_rows)
    percent = 100 * fooled_rows["pixels"] / fooled_rows["pixels_per_image"]
    return Summary(
        n=n,
        fooled=fooled,
        fooled_8bit=int(rows["success_8bit"].sum()),
        fooling_rate=estimate_rate(fooled, n),
        pixels=estimate_median(fooled_rows["pixels"].tolist()),
        percent=estimate_median(percent.tolist()),
        features=estimate_median(fooled_rows["features"].tolist()),
        planes_behind=int(rows["planes_behind"].sum()),
        met_behind=int((rows["planes_behind"] > 0).sum()),
        percent_without=float(percent[fooled_rows["planes_behind"] == 0].median()),
        device="; ".join(rows["device"].unique()) if "device" in rows else "",
        counts={name: rows[name].tolist() for name in ("iterations", "forwards", "backwards")},
        mean_seconds=float(rows["seconds"].mean()),
        batch_means=_seconds_of_batches(rows),
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
