"""The transfer matrix (Table 3): how often what was made for one network fools another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.summaries import Estimate
from sparsefool.metrics import wilson_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cell:
    """What perturbations for a source do to a target.

    Attributes:
        source, target: the networks.
        n, fooled: all images, and those whose label the target changes.
        rate: ``fooled`` over n, as in the paper.
        n_correct, fooled_correct: the same over the images that both networks classify correctly.
        rate_correct: of these.
    """

    source: str
    target: str
    n: int
    fooled: int
    rate: Estimate
    n_correct: int
    fooled_correct: int
    rate_correct: Estimate


def transfer_matrix(rows: "pd.DataFrame", rounded: bool = False) -> Sequence[Cell]:
    """Return the cells of the matrix, in the order of the rows.

    Args:
        rows: of a :class:`Transfer`.
        rounded: whether to count the images rounded to 8 bits.
    """
    after = "target_after_8bit" if rounded else "target_after"
    cells = []
    for key, group in rows.groupby(["source", "target"], sort=False):
        source, target = map(str, key)
        moved = group[after] != group["target_before"]
        right = (group["predicted"] == group["label"]) & (group["target_before"] == group["label"])
        fooled, both = int(moved.sum()), int((moved & right).sum())
        cells.append(
            Cell(
                source,
                target,
                n=len(group),
                fooled=fooled,
                rate=_rate(fooled, len(group)),
                n_correct=int(right.sum()),
                fooled_correct=both,
                rate_correct=_rate(both, int(right.sum())),
            )
        )
    return cells


def _rate(fooled: int, n: int) -> Estimate:
    return Estimate(fooled / n if n else float("nan"), wilson_interval(fooled, n))
