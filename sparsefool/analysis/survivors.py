"""Sparsity where the fooling rate changes too: over the fooled images, and over all of them.

Where the fooling rate differs, medians over the fooled images alone (Section 4.1) are of different images:
the easy ones remain. Over all images, one that is not fooled counts as more pixels than any other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate, estimate_median
from sparsefool.analysis.summaries import Summary, summarise

if TYPE_CHECKING:
    import pandas as pd

LEAST_SHARE, FEWEST_FOOLED = 0.8, 20
"""The share and the number of images that must be fooled for medians over them to be compared."""


@dataclass(frozen=True)
class Sparsity:
    """What an attack did to n images, with its sparsity read in both ways.

    Attributes:
        summary: of the images; its medians are over the fooled ones.
        over_all: median of the changed pixels over all n images in percent, an image that was not fooled
            counted as infinitely many; infinite where no more than half are fooled.
    """

    summary: Summary
    over_all: Estimate

    @property
    def comparable(self) -> bool:
        """Whether enough images are fooled for a median over the fooled ones to be compared with others."""
        return enough_fooled(self.summary.fooled, self.summary.n)

    @property
    def reached(self) -> bool:
        """Whether the median over all images is a number of pixels: more than half are fooled."""
        return math.isfinite(self.over_all.value)


def enough_fooled(fooled: int, n: int) -> bool:
    """Return whether medians over the fooled images can be compared: enough of the n images are fooled."""
    return fooled >= max(FEWEST_FOOLED, LEAST_SHARE * n)


def sparsity(rows: "pd.DataFrame") -> Sparsity:
    """Return the sparsity of one or more rows, as for :func:`sparsefool.analysis.summaries.summarise`."""
    percent = (100 * rows["pixels"] / rows["pixels_per_image"]).where(rows["success"], math.inf)
    return Sparsity(summarise(rows), estimate_median(percent.tolist()))


def sparsity_by(rows: "pd.DataFrame", columns: Sequence[str]) -> dict[tuple[object, ...], Sparsity]:
    """Return the sparsity for each combination of values of some columns, in order of first appearance."""
    if rows.empty:
        return {}
    return {key: sparsity(group) for key, group in rows.groupby(list(columns), sort=False)}
