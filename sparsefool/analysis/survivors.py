"""Sparsity where the fooling rate changes too: over the fooled images, and over all of them.

The median over the fooled images alone (Section 4.1) is one of other images wherever the fooling rate
differs: the easy ones remain. Over all images, one that is not fooled counts as more pixels than any.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary, summarise

if TYPE_CHECKING:
    import pandas as pd

LEAST_SHARE, FEWEST_FOOLED = 0.8, 20
"""The share and the number of images that must be fooled for medians over them to be compared."""

COMPARABLE = f"at least {LEAST_SHARE:.0%} and {FEWEST_FOOLED} images fooled"
"""That condition in words."""


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
        fooled, n = self.summary.fooled, self.summary.n
        return fooled >= max(FEWEST_FOOLED, LEAST_SHARE * n)

    @property
    def reached(self) -> bool:
        """Whether the median over all images is a number of pixels: more than half are fooled."""
        return math.isfinite(self.over_all.value)


def sparsity(rows: "pd.DataFrame") -> Sparsity:
    """Return the sparsity of one or more rows, as for :func:`sparsefool.analysis.summaries.summarise`."""
    pixels = rows["pixels"].astype(float).where(rows["success"], math.inf)
    return Sparsity(summarise(rows), summarise(rows.assign(pixels=pixels, success=True)).percent)


def sparsity_by(rows: "pd.DataFrame", columns: Sequence[str]) -> dict[tuple[object, ...], Sparsity]:
    """Return the sparsity for each combination of values of some columns, in order of first appearance."""
    if rows.empty:
        return {}
    return {key: sparsity(group) for key, group in rows.groupby(list(columns), sort=False)}
