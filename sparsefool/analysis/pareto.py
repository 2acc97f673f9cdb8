"""λ against δ: what each pair costs and buys, and which pairs no other pair beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparsefool.analysis.summaries import summarise
from sparsefool.metrics import median

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cell:
    """One pair of λ and δ on n images.

    Attributes:
        lambda_, delta: the pair; δ in levels of 0 to 255.
        n, fooled: images attacked, and fooled.
        pixels, percent: median of the changed pixels over the fooled images, and the same in percent; of one
            image alone, its own, fooled or not.
        max_change: median of the largest change of a value, in 0..255, over the same.
    """

    lambda_: float
    delta: float
    n: int
    fooled: int
    pixels: float
    percent: float
    max_change: float


def grid_points(rows: "pd.DataFrame") -> Sequence[Cell]:
    """Sum up the rows of a :class:`~sparsefool.experiments.sweep.Sweep` of one network, cell by cell."""
    cells = []
    for (lambda_, delta), group in rows.groupby(["lambda_", "delta"]):
        summary = summarise(group)
        change = median(group.loc[group["success"], "max_change"].tolist())
        pixels, percent = summary.pixels.value, summary.percent.value
        cells.append(Cell(lambda_, delta, summary.n, summary.fooled, pixels, percent, change))
    return cells


def pareto_front(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells that nothing beats, by largest change.

    Another cell beats one if it fools as many images with as few pixels and as small a largest change, and is
    better in one of the three. Cells without a fooled image do not count; of equal ones the first does.
    """
    fooling = [cell for cell in cells if cell.fooled]
    front = {
        _costs(cell): cell
        for cell in reversed(fooling)
        if not any(_beats(_costs(other), _costs(cell)) for other in fooling)
    }
    return sorted(front.values(), key=lambda cell: (cell.max_change, cell.pixels))


def _costs(cell: Cell) -> tuple[float, float, float]:
    """Return what should be small, the change in whole levels, for float32 knows 50 as 49.99999."""
    return -cell.fooled / cell.n, cell.pixels, float(round(cell.max_change))


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
