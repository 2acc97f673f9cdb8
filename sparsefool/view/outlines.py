"""The outline of a set of pixels, as lines along the edges of its pixels."""

import numpy as np
from jaxtyping import Bool

Line = tuple[list[float | None], list[float | None]]


def outline(mask: Bool[np.ndarray, "h w"]) -> Line:
    """Return the x and the y of every edge between inside and outside; None separates the edges.

    Edges in a row are joined. A pixel's centre has whole coordinates, so edges lie at halves.
    """
    padded = np.pad(mask, 1)
    x: list[float | None] = []
    y: list[float | None] = []
    for row, start, stop in _runs(padded[1:, 1:-1] != padded[:-1, 1:-1]):
        x += [start - 0.5, stop - 0.5, None]
        y += [row - 0.5, row - 0.5, None]
    for column, start, stop in _runs((padded[1:-1, 1:] != padded[1:-1, :-1]).T):
        x += [column - 0.5, column - 0.5, None]
        y += [start - 0.5, stop - 0.5, None]
    return x, y


def _runs(edges: Bool[np.ndarray, "m n"]) -> list[tuple[int, int, int]]:
    """Return row, start and stop of every run of true values within a row."""
    steps = np.diff(np.pad(edges, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = (steps == 1).nonzero()
    stops = (steps == -1).nonzero()[1]
    return [tuple(run) for run in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True)]
