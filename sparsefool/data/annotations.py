"""Annotated parts of pictures: what is the object, its head, its wings; read from JSON Lines.

Each line is one picture::

    {"dataset": "cifar10", "image": 7, "size": [32, 32], "class": "bird",
     "parts": {"object": [[[4, 9], [20, 3], [29, 17], [12, 27]]], "head": [[18, 3, 26, 11]]},
     "by": "A. Name", "on": "2026-11-28", "how": "enlarged 12 times, with a grid"}

``image`` is a number in the data set's test images, or the name of a file of one's own. A part is a list of
shapes, which together are the part: a box ``[left, top, right, bottom]``, or a polygon of three or more
corners ``[x, y]``. Coordinates are in pixels from the top left corner of the picture, so that the box
``[0, 0, width, height]`` is all of it; a pixel belongs to a shape if its centre does. A part that cannot be
seen is left out. ``by``, ``on`` and ``how`` say who annotated, when and how; ``class`` may be left out.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from sparsefool.errors import DataError

OBJECT = "object"
"""The part that holds the others: what the picture shows."""

Shape = tuple[tuple[float, float], ...]
"""The corners of a polygon, (x, y) each."""

LONGEST_LINE = 100_000
"""Characters of one line at most."""


@dataclass(frozen=True)
class Annotation:
    """The parts of one picture.

    Attributes:
        dataset: where the picture is from.
        image: its number among the data set's test images, or the name of its file.
        size: height and width in pixels.
        parts: the polygons of each part, by its name.
        class_name: what the picture shows; empty if that is not said.
        by, on, how: who annotated, when and how.
    """

    dataset: str
    image: int | str
    size: tuple[int, int]
    parts: Mapping[str, tuple[Shape, ...]]
    class_name: str = ""
    by: str = ""
    on: str = ""
    how: str = ""

    def mask(self, part: str) -> Bool[np.ndarray, "h w"]:
        """Return the pixels of a part; none where the picture has no such part."""
        mask = np.zeros(self.size, dtype=bool)
        for shape in self.parts.get(part, ()):
            mask |= inside_polygon(shape, self.size)
        return mask

    def scaled(self, size: tuple[int, int]) -> "Annotation":
        """Return the parts of the same picture in another size.

        Args:
            size: its height and width.

        Raises:
            DataError: the picture would be stretched by more than a pixel.
        """
        if size == self.size:
            return self
        down, across = size[0] / self.size[0], size[1] / self.size[1]
        if abs(size[1] - self.size[1] * down) > 1:
            raise DataError(
                f"Picture {self.image} is annotated in {self.size[0]} x {self.size[1]} pixels; "
                f"these parts cannot be those of a picture of {size[0]} x {size[1]}."
            )
        parts = {
            name: tuple(tuple((x * across, y * down) for x, y in shape) for shape in shapes)
            for name, shapes in self.parts.items()
        }
        return replace(self, size=size, parts=parts)


def inside_polygon(corners: Shape, size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels whose centre lies inside a polygon, by the even-odd rule.

    Args:
        corners: (x, y) each, from the top left corner of the picture; parts outside it do not count.
        size: height and width of the picture.
    """
    height, width = size
    ys, xs = np.mgrid[:height, :width] + 0.5
    inside = np.zeros(size, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y0 != y1:
            crosses = (ys < y0) != (ys < y1)
            inside ^= crosses & (xs < x0 + (ys - y0) * (x1 - x0) / (y1 - y0))
    return inside


def read_annotations(path: Path) -> tuple[Annotation, ...]:
    """Return the annotations of a file, in its order.

    Raises:
        DataError: the file is missing or no text, a line is not as described above, or a picture comes twice.
            The message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as annotations: {error}.") from error
    return parse_annotations(text, path.name)


def parse_annotations(text: str, name: str) -> tuple[Annotation, ...]:
    """Return the annotations that a text holds, in its order.

    Args:
        text: JSON Lines, as described above.
        name: of the file, for messages.

    Raises:
        DataError: a line is not as described above, or a picture comes twice. The message names the line.
    """
    found: dict[tuple[str, int | str], Annotation] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            annotation = _parse(line)
        except (ValueError, TypeError, KeyError) as error:
            reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
            raise DataError(f"Line {number} of {name}: {reason}.") from error
        key = annotation.dataset, annotation.image
        if key in found:
            raise DataError(f"Line {number} of {name}: picture {key[1]} of {key[0]} comes twice.")
        found[key] = annotation
    return tuple(found.values())


def box(left: float, top: float, right: float, bottom: float) -> Shape:
    """Return the corners of a box, clockwise from the top left."""
    return (left, top), (right, top), (right, bottom), (left, bottom)


def intersection_over_union(one: Bool[np.ndarray, "h w"], other: Bool[np.ndarray, "h w"]) -> float:
    """Return how far two masks agree, from 0 to 1; NaN where both are empty."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else math.nan


def _parse(line: str) -> Annotation:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"it has {len(line):,} characters; {LONGEST_LINE:,} are allowed")
    try:
        given = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if not isinstance(given, dict):
        raise ValueError("it is no JSON object")
    image, size = given["image"], given["size"]
    if isinstance(image, bool) or not isinstance(image, int | str) or (isinstance(image, int) and image < 0):
        raise ValueError(f"image must be a number, 0 or more, or a file's name; it is {image!r}")
    if not (isinstance(size, list) and len(size) == 2 and all(_is_count(side) for side in size)):
        raise ValueError(f"size must be height and width, from 1 to 10,000; it is {size!r}")
    parts = given["parts"]
    if not isinstance(parts, dict) or not parts:
        raise ValueError("parts must name at least one part")
    return Annotation(
        dataset=_text(given, "dataset", required=True),
        image=image,
        size=(size[0], size[1]),
        parts={
            name: tuple(_shape(name, shape) for shape in _shapes(name, each)) for name, each in parts.items()
        },
        class_name=_text(given, "class"),
        by=_text(given, "by"),
        on=_text(given, "on"),
        how=_text(given, "how"),
    )


def _is_count(side: Any) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 1 <= side <= 10_000


def _text(given: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = given[name] if required else given.get(name, "")
    if not isinstance(value, str) or (required and not value):
        raise ValueError(f"{name} must be text; it is {value!r}")
    return value


def _shapes(part: str, shapes: Any) -> Sequence[Any]:
    if not isinstance(shapes, list) or not shapes:
        raise ValueError(f"{part!r} must be a list of shapes; leave out a part that cannot be seen")
    return shapes


def _shape(part: str, given: Any) -> Shape:
    numbers = np.asarray(given, dtype=np.float64) if _is_nested_numbers(given) else np.empty(0)
    if numbers.shape == (4,):
        left, top, right, bottom = map(float, numbers)
        if left >= right or top >= bottom:
            raise ValueError(f"a box of {part!r} must be left, top, right, bottom; it is {given!r}")
        return box(left, top, right, bottom)
    if numbers.ndim == 2 and len(numbers) >= 3 and numbers.shape[1] == 2:
        return tuple((float(x), float(y)) for x, y in numbers)
    raise ValueError(f"{part!r} must hold boxes of four numbers or polygons; one is {str(given)[:60]}")


def _is_nested_numbers(given: Any) -> bool:
    if isinstance(given, list):
        lengths = {len(each) if isinstance(each, list) else -1 for each in given}
        return len(lengths) == 1 and all(map(_is_nested_numbers, given))
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
