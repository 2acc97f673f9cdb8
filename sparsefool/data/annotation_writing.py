"""Annotations written: as a line of a file, and boxes for pixels that were not drawn as shapes."""

import json
from typing import Any

import numpy as np
from jaxtyping import Bool

from sparsefool.data.annotations import Annotation, Shape, box


def annotation_line(annotation: Annotation) -> str:
    """Return an annotation as a line of a file; what is not known is left out."""
    told = {
        "dataset": annotation.dataset,
        "image": annotation.image,
        "size": list(annotation.size),
        "class": annotation.class_name,
        "parts": {name: [_written(shape) for shape in shapes] for name, shapes in annotation.parts.items()},
        "by": annotation.by,
        "on": annotation.on,
        "how": annotation.how,
    }
    return json.dumps({name: value for name, value in told.items() if value != ""}, ensure_ascii=False)


def boxes_of(mask: Bool[np.ndarray, "h w"]) -> tuple[Shape, ...]:
    """Return boxes that together hold the pixels of a mask and no others; equal rows share theirs."""
    found: list[Shape] = []
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(len(mask) + 1):
        steps = np.diff(np.pad(mask[row], 1).astype(np.int8)) if row < len(mask) else np.zeros(1)
        starts, stops = (steps == 1).nonzero()[0].tolist(), (steps == -1).nonzero()[0].tolist()
        runs = set(zip(starts, stops, strict=True))
        for run in [run for run in open_runs if run not in runs]:
            found.append(box(run[0], open_runs.pop(run), run[1], row))
        open_runs |= dict.fromkeys(runs - open_runs.keys(), row)
    return tuple(found)


def _written(shape: Shape) -> list[Any]:
    (left, top), (right, bottom) = shape[0], shape[2]
    if shape == box(left, top, right, bottom) and left < right and top < bottom:
        return [_number(side) for side in (left, top, right, bottom)]
    return [[_number(x), _number(y)] for x, y in shape]


def _number(value: float) -> float:
    """Return a coordinate to a hundredth of a pixel, and a whole one as such."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
