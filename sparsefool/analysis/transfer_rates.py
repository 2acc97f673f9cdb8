"""The transfer matrix (Table 3): how often what was made for one network fools another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate, estimate_rate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TransferRate:
    """How often the perturbations made for a source network fool a target network.

    Attributes:
        source, target: the networks.
        n, fooled: all images, and those on which the target's label changes.
        rate: ``fooled`` over n, as in the paper.
        n_correct, fooled_correct: the same over the images that both networks classify correctly.
        rate_correct: ``fooled_correct`` over n_correct.
    """

    source: str
    target: str
    n: int
    fooled: int
    rate: Estimate
    n_correct: int
    fooled_correct: int
    rate_correct: Estimate


def transfer_matrix(rows: "pd.DataFrame", rounded: bool = False) -> Sequence[TransferRate]:
    """Return the rate of each source and target, in the order of the rows.

    Args:
        rows: of a :class:`~sparsefool.experiments.transfer.Transfer`.
        rounded: whether to count the images rounded to 8 bits.
    """
    after = "target_after_8bit" if rounded else "target_after"
    rates = []
    for key, group in rows.groupby(["source", "target"], sort=False):
        source, target = map(str, key)
        moved = group[after] != group["target_before"]
        right = (group["predicted"] == group["label"]) & (group["target_before"] == group["label"])
        fooled, both = int(moved.sum()), int((moved & right).sum())
        rates.append(
            TransferRate(
                source,
                target,
                n=len(group),
                fooled=fooled,
                rate=estimate_rate(fooled, len(group)),
                n_correct=int(right.sum()),
                fooled_correct=both,
                rate_correct=estimate_rate(both, int(right.sum())),
            )
        )
    return rates
