"""Verdicts on claims: they hold, they do not, or the images are too few to tell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import CONFIDENCE, Estimate, holm

if TYPE_CHECKING:
    import pandas as pd

Verdict = bool | None
"""Whether a claim holds; None where it cannot be told."""


def by_interval(gain: Estimate) -> Verdict:
    """Return whether a number is above zero: its whole 95 % interval is, or is not above it."""
    low, high = gain.interval
    if low > 0:
        return True
    return False if high <= 0 else None


def in_words(verdict: Verdict, n: int) -> str:
    """Return a verdict as text.

    Args:
        verdict: on a claim.
        n: images that it rests on.
    """
    if verdict is None:
        return f"cannot be told with n = {n:,}"
    return "holds" if verdict else "does not hold"


def paired_verdicts(pairs: Sequence[tuple["pd.Series[bool]", "pd.Series[bool]"]]) -> list[Verdict]:
    """Return for each pair of outcomes on the same images whether the first occurs more often.

    McNemar's exact test on the images on which the two differ, two-sided, with Holm's correction over all
    pairs.

    Args:
        pairs: whether each of some images had the one outcome, and the other.
    """
    from scipy.stats import binomtest

    only = [(int((first & ~second).sum()), int((second & ~first).sum())) for first, second in pairs]
    p_values = holm([binomtest(one, one + other).pvalue if one + other else 1.0 for one, other in only])
    return [
        one > other if p <= 1 - CONFIDENCE else None for p, (one, other) in zip(p_values, only, strict=True)
    ]
