"""The δ box in the rows of a sweep: how many rows left it, and how many values it stopped."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from sparsefool.data.samples import load_samples
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def outside_box(rows: "pd.DataFrame") -> int:
    """Return in how many rows a value has left its δ box, as a float or as a level.

    Args:
        rows: of a :class:`~sparsefool.experiments.sweep.Sweep`; numbered from 0.
    """
    outside = rows["max_change"].to_numpy() > rows["delta"].to_numpy() + 1e-3
    for index, changes in _level_changes(rows):
        if len(changes) and changes.max() > rows["delta"][index]:
            outside[index] = True
    return int(outside.sum())


def stopped_by_delta(rows: "pd.DataFrame") -> Mapping[float, float]:
    """Return for each δ the share of the changed values of the fooled images that moved as far as δ allows.

    The others were stopped by the ends of the range [0, 1], or were the last to be moved.

    Args:
        rows: of a :class:`~sparsefool.experiments.sweep.Sweep`; numbered without repetition.
    """
    fooled = rows[rows["success"]]
    stopped, changed = dict[float, int](), dict[float, int]()
    for index, changes in _level_changes(fooled):
        delta = float(fooled["delta"][index])
        stopped[delta] = stopped.get(delta, 0) + int((changes > delta - 1).sum())
        changed[delta] = changed.get(delta, 0) + len(changes)
    return {delta: stopped[delta] / changed[delta] for delta in sorted(changed) if changed[delta]}


def _level_changes(rows: "pd.DataFrame") -> Iterator[tuple[int, Float[np.ndarray, " m"]]]:
    """Yield the index of each row and by how many levels each of its m changed values moved."""
    for model, group in rows.groupby("model"):
        if "changed_by" in group:
            yield from zip(group.index, map(np.abs, group["changed_by"]), strict=True)
            continue
        spec = find_spec(str(model))
        originals = load_samples(spec.dataset, spec.input_size).images.flatten(1)
        for row in group.itertuples():
            levels = (255 * originals[row.image]).round().numpy()[row.changed_at]
            yield row.Index, np.abs(levels - row.changed_to.astype(float))
