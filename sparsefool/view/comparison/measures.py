"""What the chart, the table and the finding of a comparison read of an attack's summary."""

from dataclasses import dataclass

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary

SELDOM = 0.5
"""Share of the images below which an attack's mark is hollow: its median is over few, easy images."""


@dataclass(frozen=True)
class Count:
    """What is counted of an image: the name of the estimate of a summary, and its words."""

    name: str
    title: str
    words: str

    def of(self, summary: Summary) -> Estimate:
        """Return the median of a summary."""
        found: Estimate = getattr(summary, self.name)
        return found


PIXELS = Count("pixels", "Pixels", "pixels")
VALUES = Count("features", "Values (colour channels of a pixel)", "values")


def is_strong(summary: Summary) -> bool:
    """Return whether an attack fools at least half of the images, as they are once saved as pictures."""
    return summary.fooled_8bit >= SELDOM * summary.n
