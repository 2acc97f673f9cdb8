"""On which annotated parts the perturbations of stored attacks lie (Section 4.2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from sparsefool.analysis.enrichment import Enrichment, corrected, enrichment_of
from sparsefool.data.annotations import OBJECT, Annotation
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError
from sparsefool.experiments.pixel_masks import changed_pixels
from sparsefool.experiments.records.attack_rows import rebuild
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def part_findings(
    rows: "pd.DataFrame", model: str, annotations: Sequence[Annotation], *, weighted: bool = False
) -> tuple[Enrichment, ...]:
    """Return the enrichment of each annotated part over the fooled images (8 bits) that have it.

    The images of one predicted class stand in for one another, and the p-values are corrected for there being
    several parts.

    Args:
        rows: an attack's rows on the test images of the network.
        model: the network.
        annotations: of test images of its data set, in the network's input size.
        weighted: whether a pixel counts by how much it changed, summed over its channels, and not just once.

    Raises:
        DataError: an annotation is of another data set or size.
    """
    spec = find_spec(model)
    for each in annotations:
        if each.dataset != spec.dataset or each.size != spec.input_size:
            height, width = spec.input_size
            raise DataError(
                f"{model} takes images of {spec.dataset} of {height} x {width} pixels; picture {each.image} "
                f"is of {each.dataset} and {each.size[0]} x {each.size[1]}."
            )
    by_image = {each.image: each for each in annotations}
    rows = rows[rows["success_8bit"] & rows["image"].isin(by_image)]
    chosen = [by_image[image] for image in rows["image"]]
    weights = _amounts(rows, model) if weighted else changed_pixels(rows, model).astype(np.float64)
    empty = np.zeros((0, *spec.input_size), dtype=bool)
    objects = np.stack([each.mask(OBJECT) for each in chosen]) if chosen else empty
    groups = rows["predicted"].to_numpy()
    names = dict.fromkeys(name for each in annotations for name in each.parts if name != OBJECT)
    found = []
    for name in names:
        masks = np.stack([each.mask(name) for each in chosen]) if chosen else empty
        found.append(enrichment_of(name, weights, masks, objects, groups))
    return corrected(found)


def _amounts(rows: "pd.DataFrame", model: str) -> Float[np.ndarray, "n h w"]:
    """Return by how much each pixel changed, from 0 to 1 for each channel, summed over the channels."""
    spec = find_spec(model)
    originals = load_samples(spec.dataset, spec.input_size).images
    amounts = np.zeros((len(rows), *spec.input_size))
    for amount, row in zip(amounts, rows.itertuples(), strict=True):
        original = originals[row.image]
        changed = rebuild(original, list(row.changed_at), list(row.changed_to))
        amount[:] = (changed - original).abs().sum(0).numpy()
    return amounts
