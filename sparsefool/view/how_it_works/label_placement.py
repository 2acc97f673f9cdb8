"""Where the labels of a picture go: each beside its point, none over another label or over a mark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import cos, radians, sin

XY = tuple[float, float]
Segment = tuple[XY, XY]

DIRECTIONS = (45, 0, 90, 135, 180, 315, 270, 225)
"""Degrees, counterclockwise from the right: the order in which a place for a label is looked for."""

GAPS = (3.0, 10.0, 20.0, 34.0, 52.0)
"""Room between a mark and its label."""

COVERED, CROSSED = 1000.0, 6.0
"""Cost of a place that covers a label or a mark, and of one that a line crosses."""


@dataclass(frozen=True)
class Box:
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Return the area that two rectangles share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def is_within(self, other: "Box") -> bool:
        """Return whether this rectangle lies in another one."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )

    def is_crossed(self, line: Segment) -> bool:
        """Return whether a part of a line lies in this rectangle (Liang and Barsky's clipping)."""
        (x, y), (to_x, to_y) = line
        first, last = 0.0, 1.0
        across = ((x - to_x, x - self.left), (to_x - x, self.right - x))
        down = ((y - to_y, y - self.top), (to_y - y, self.bottom - y))
        for step, room in (*across, *down):
            if step == 0 and room < 0:
                return False
            if step < 0:
                first = max(first, room / step)
            elif step > 0:
                last = min(last, room / step)
        return first <= last

    @classmethod
    def around(cls, centre: XY, width: float, height: float) -> "Box":
        """Return the rectangle of a size around its centre."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


@dataclass(frozen=True)
class Label:
    """A text of a known size that belongs to a point.

    Attributes:
        at: the point.
        clear: how far the point's mark reaches.
        width, height: of the text.
    """

    at: XY
    clear: float
    width: float
    height: float


def place_labels(
    labels: Sequence[Label], frame: Box, taken: Iterable[Box] = (), lines: Sequence[Segment] = ()
) -> list[Box]:
    """Return a place for each label, in turn: the nearest one that covers nothing, if there is one.

    Args:
        labels: the most important first.
        frame: in which all of them have to lie.
        taken: what they must not cover, beside their own marks and each other.
        lines: what they should rather not lie on.
    """
    occupied = [*taken, *(Box.around(label.at, 2 * label.clear, 2 * label.clear) for label in labels)]
    places = []
    for label in labels:
        place = min(_candidates(label, frame), key=lambda item: item[0] + _cost(item[1], occupied, lines))[1]
        places.append(place)
        occupied.append(place)
    return places


def _candidates(label: Label, frame: Box) -> list[tuple[float, Box]]:
    """Return the places that a label could have, each with what its distance costs."""
    found = []
    for gap, (rank, degrees) in product(GAPS, enumerate(DIRECTIONS)):
        a, b = cos(radians(degrees)), -sin(radians(degrees))
        x = label.at[0] + a * (label.clear + gap) + _sign(a) * label.width / 2
        y = label.at[1] + b * (label.clear + gap) + _sign(b) * label.height / 2
        found.append((gap + 0.4 * rank, _moved_into(Box.around((x, y), label.width, label.height), frame)))
    return found


def _sign(value: float) -> float:
    return 0.0 if abs(value) < 0.1 else 1.0 if value > 0 else -1.0


def _moved_into(box: Box, frame: Box) -> Box:
    right = max(frame.left - box.left, 0.0) - max(box.right - frame.right, 0.0)
    down = max(frame.top - box.top, 0.0) - max(box.bottom - frame.bottom, 0.0)
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)


def _cost(box: Box, occupied: Iterable[Box], lines: Iterable[Segment]) -> float:
    covered = sum(COVERED + box.overlap(other) for other in occupied if box.overlap(other) > 0)
    return covered + CROSSED * sum(box.is_crossed(line) for line in lines)
