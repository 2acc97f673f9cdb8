"""Where the labels of a chart stand: beside their marks, apart from each other at every width of the page.

A chart knows its height, but not its width: that is the browser's. Every place is therefore tried at the
widths in :data:`WIDTHS`, from a narrow page in lecture mode to a projector.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTHS = (520.0, 580.0, 680.0, 800.0, 1000.0, 1250.0, 1600.0)
"""Widths of the area with the marks for which labels are placed, in CSS pixels."""

MARK = 8.0
"""Half the side of the square round a mark that a label leaves free, in CSS pixels."""

_FAR = (12.0, 22.0, 34.0, 48.0, 64.0, 84.0, 108.0, 136.0)
_ANGLES = np.deg2rad(np.arange(0, 360, 22.5))
_CAPITAL, _LETTER = 0.64, 0.45
"""Width of a capital, and of another letter, as shares of the size of the text, on the safe side of the app's
font."""

_CROSSED = 3.0
"""What it costs a label to cross a piece of a line at one of the widths, in CSS pixels of distance."""

_PIECES = 12
"""Pieces of a slanting line, each as good as the rectangle round it."""

Place = tuple[float, float]
"""A point of the area with the marks, from (0, 0), left and top, to (1, 1)."""

Boxes = NDArray[np.float64]
"""Left, top, right and bottom in CSS pixels, for each width: ``[box, width, 4]``."""


@dataclass(frozen=True)
class Label:
    """Where a label stands.

    Attributes:
        mark: index, among its group's marks, of the one it stands beside.
        x, y: from the mark to the label's anchor, in CSS pixels to the right and down.
        xanchor, yanchor: which point of the label that is, as plotly calls it.
    """

    mark: int
    x: float
    y: float
    xanchor: str
    yanchor: str


def text_box(text: str, size: float) -> tuple[float, float]:
    """Return the width and the height of a line of text, in CSS pixels; rather too large than too small."""
    letters = sum(_CAPITAL if each.isupper() else _LETTER for each in text)
    return letters * size + 6, 1.3 * size


def place_labels(
    groups: Sequence[Sequence[Place]],
    sizes: Sequence[tuple[float, float]],
    height: float,
    lines: Sequence[tuple[Place, Place]] = (),
) -> list[Label]:
    """Return a place for the label of each group of marks.

    Args:
        groups: the marks of each label.
        sizes: width and height of each label, in CSS pixels.
        height: of the area with the marks, in CSS pixels.
        lines: from one end to the other, which labels should, but need not, leave free.
    """
    pieces = [piece for line in lines for piece in _pieces(*line)]
    loose = _boxes(pieces, height, 2.0) if pieces else np.zeros((0, len(WIDTHS), 4))
    marks = _boxes([(mark, mark) for group in groups for mark in group], height, MARK)
    numbers = range(len(groups))
    tries = (_crowded_first(groups), numbers, sorted(numbers, key=lambda number: groups[number][0][1]))
    best: tuple[float, list[Label]] | None = None
    every = [_candidates(group, size, height) for group, size in zip(groups, sizes, strict=True)]
    fixed = [
        far
        + 3000 * _outside(boxes, height)
        + 1000 * _overlaps(boxes, marks)
        + _CROSSED * _overlaps(boxes, loose)
        for _, boxes, far in every
    ]
    for order in tries:
        chosen: dict[int, int] = {}
        cost = 0.0
        for number in [*order, *order, *order]:  # what was placed first moves once the others stand
            boxes = every[number][1]
            others = [every[one][1][place] for one, place in chosen.items() if one != number]
            costs = fixed[number] + (1000 * _overlaps(boxes, np.stack(others)) if others else 0)
            chosen[number] = int(np.argmin(costs))
        for number in numbers:
            boxes = every[number][1][chosen[number]][None]
            others = [every[one][1][chosen[one]] for one in numbers if one != number]
            cost += float(fixed[number][chosen[number]])
            cost += 1000 * float(_overlaps(boxes, np.stack(others))[0]) if others else 0
        if best is None or cost < best[0]:
            best = cost, [every[number][0][chosen[number]] for number in numbers]
    assert best is not None
    return best[1]


def _crowded_first(groups: Sequence[Sequence[Place]]) -> list[int]:
    """Return the groups in the order of how near their marks are to those of others."""
    every = np.array([mark for group in groups for mark in group])

    def room(number: int) -> float:
        gaps = np.abs(every[None] - np.array(groups[number])[:, None]).max(axis=2)
        return float(np.sort(gaps, axis=1)[:, : len(groups[number]) + 3].mean())

    return sorted(range(len(groups)), key=room)


def _pieces(one: Place, other: Place) -> list[tuple[Place, Place]]:
    """Return the pieces of a line that its rectangles stand for: itself, unless it slants."""
    if one[0] == other[0] or one[1] == other[1]:
        return [(one, other)]
    ends = np.linspace(one, other, _PIECES + 1).tolist()
    return list(itertools.pairwise((x, y) for x, y in ends))


def _boxes(pieces: Sequence[tuple[Place, Place]], height: float, reach: float) -> Boxes:
    """Return the rectangles round straight lines between two points, so much larger on each side."""
    scale = np.array([(width, height) for width in WIDTHS])
    ends = np.array(pieces)[:, :, None] * scale
    return np.concatenate([ends.min(axis=1) - reach, ends.max(axis=1) + reach], axis=2)


def _candidates(
    group: Sequence[Place], size: tuple[float, float], height: float
) -> tuple[list[Label], Boxes, NDArray[Any]]:
    """Return the places of a label, the boxes that it would fill there, and how far it would be away."""
    labels, boxes, far = [], [], []
    widths = np.array(WIDTHS)
    for mark, (x, y) in enumerate(group):
        for distance in _FAR:
            for angle in _ANGLES:
                right, down = distance * np.cos(angle), distance * np.sin(angle)
                across, along = _anchor(right / distance), _anchor(down / distance)
                left = x * widths + right - across * size[0]
                top = np.full_like(widths, y * height + down - along * size[1])
                boxes.append(np.stack([left, top, left + size[0], top + size[1]], axis=1))
                names = {0.0: "left", 0.5: "center", 1.0: "right"}[across]
                heights = {0.0: "top", 0.5: "middle", 1.0: "bottom"}[along]
                labels.append(Label(mark, float(right), float(down), names, heights))
                far.append(distance + 2 * abs(np.sin(angle)) + (2 if right < 0 else 0))
    return labels, np.stack(boxes), np.array(far)


def _anchor(direction: float) -> float:
    """Return which part of a label is nearest to its mark: 0 its beginning, 1 its end."""
    return 0.0 if direction > 0.3 else 1.0 if direction < -0.3 else 0.5


def _overlaps(boxes: Boxes, taken: Boxes) -> NDArray[Any]:
    """Return at how many widths, and with how many others, each box overlaps."""
    one, other = boxes[:, None], taken[None]
    apart = (
        (one[..., 0] >= other[..., 2])
        | (one[..., 2] <= other[..., 0])
        | (one[..., 1] >= other[..., 3])
        | (one[..., 3] <= other[..., 1])
    )
    return np.asarray((~apart).sum(axis=(1, 2)))


def _outside(boxes: Boxes, height: float) -> NDArray[Any]:
    """Return at how many widths each box leaves the chart."""
    widths = np.array(WIDTHS)
    beyond = (boxes[..., 0] < 0) | (boxes[..., 2] > widths) | (boxes[..., 1] < 0) | (boxes[..., 3] > height)
    return np.asarray(beyond.sum(axis=1))
