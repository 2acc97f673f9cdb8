"""On which annotated parts the perturbations of stored attacks lie (Section 4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from sparsefool.analysis.enrichment import Enrichment, corrected, enrichment_of
from sparsefool.data.annotations import OBJECT, Annotation
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import class_kinds
from sparsefool.errors import DataError
from sparsefool.experiments.pixel_masks import changed_pixels
from sparsefool.experiments.records.attack_rows import changes
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


HEAD = "head"
"""The part of animals that the paper speaks of."""


@dataclass(frozen=True, eq=False)
class AnnotatedAttack:
    """What an attack changed on annotated pictures that it fooled (8 bits), and where their parts are.

    Attributes:
        rows: of the attack, one for each picture.
        weights: of each pixel: 1 where it changed, or by how much.
        parts: the pixels of each part, by its name, in every picture; none where a picture has no such part.
        groups: which pictures may stand in for one another.
    """

    rows: "pd.DataFrame"
    weights: Float[np.ndarray, "n h w"]
    parts: Mapping[str, Bool[np.ndarray, "n h w"]]
    groups: Int[np.ndarray, " n"]


def annotated_attack(
    rows: "pd.DataFrame", model: str, annotations: Sequence[Annotation], *, weighted: bool = False
) -> AnnotatedAttack:
    """Return what an attack changed on those annotated pictures that it fooled.

    Which pictures stand in for one another, :func:`stand_ins` says.

    Args:
        rows: the attack's; the column ``image`` holds what the annotations call a picture.
        model: the network.
        annotations: of pictures in the network's input size.
        weighted: whether a pixel counts by how much it changed, summed over its channels, and not just once.

    Raises:
        DataError: a picture is annotated in another size.
    """
    spec = find_spec(model)
    for each in annotations:
        if each.size != spec.input_size:
            height, width = spec.input_size
            raise DataError(
                f"{model} takes images of {height} x {width} pixels; picture {each.image} of {each.dataset} "
                f"is annotated in {each.size[0]} x {each.size[1]}."
            )
    by_image = {each.image: each for each in annotations}
    rows = rows[rows["success_8bit"] & rows["image"].isin(by_image)].reset_index(drop=True)
    chosen = [by_image[image] for image in rows["image"]]
    names = dict.fromkeys((OBJECT, *(name for each in annotations for name in each.parts)))
    empty = np.zeros((0, *spec.input_size), dtype=bool)
    return AnnotatedAttack(
        rows,
        weights=_amounts(rows, model) if weighted else changed_pixels(rows, model).astype(np.float64),
        parts={name: np.stack([each.mask(name) for each in chosen]) if chosen else empty for name in names},
        groups=stand_ins(rows["predicted"].to_numpy(), model),
    )


def stand_ins(predicted: Int[np.ndarray, " n"], model: str) -> Int[np.ndarray, " n"]:
    """Return which images may stand in for one another: equal numbers for those of one predicted class.

    Where there are more classes than images, as on ImageNet, they are of one kind, such as animals.

    Args:
        predicted: the network's labels of the images.
        model: the network.
    """
    spec = find_spec(model)
    kinds = class_kinds(spec.dataset)
    if len(spec.class_names) <= len(predicted) or not kinds:
        return predicted
    numbers = {label: number for number, kind in enumerate(kinds) for label in kind.labels}
    return np.array([numbers[label] for label in predicted], dtype=np.int64)


def part_findings(
    rows: "pd.DataFrame", model: str, annotations: Sequence[Annotation], *, weighted: bool = False
) -> tuple[Enrichment, ...]:
    """Return the enrichment of each annotated part, over the fooled pictures (8 bits) that have it.

    The p-values are corrected for there being several parts.

    Args:
        rows, model, annotations, weighted: as in :func:`annotated_attack`.

    Raises:
        DataError: a picture is annotated in another size.
    """
    return enrichments(annotated_attack(rows, model, annotations, weighted=weighted))


def enrichments(found: AnnotatedAttack) -> tuple[Enrichment, ...]:
    """Return the enrichment of each part but the object; the p-values are corrected for their number."""
    objects = found.parts[OBJECT]
    return corrected(
        [
            enrichment_of(name, found.weights, masks, objects, found.groups)
            for name, masks in found.parts.items()
            if name != OBJECT
        ]
    )


def enrichment_of_object(found: AnnotatedAttack) -> Enrichment:
    """Return the enrichment of the object itself, all of the image being the measure."""
    everywhere = np.ones_like(found.parts[OBJECT])
    return enrichment_of(OBJECT, found.weights, found.parts[OBJECT], everywhere, found.groups)


def _amounts(rows: "pd.DataFrame", model: str) -> Float[np.ndarray, "n h w"]:
    """Return by how much each pixel changed, from 0 to 1 for each channel, summed over the channels."""
    spec = find_spec(model)
    height, width = spec.input_size
    if "changed_by" in rows:
        amounts_of = rows["changed_by"]
    else:
        originals = load_samples(spec.dataset, spec.input_size).images[rows["image"].tolist()]
        amounts_of = changes(originals, rows)
    amounts = np.zeros((len(rows), height * width))
    for amount, at, by in zip(amounts, rows["changed_at"], amounts_of, strict=True):
        np.add.at(amount, np.asarray(at, dtype=np.int64) % (height * width), np.abs(by) / 255)
    return amounts.reshape(len(rows), height, width)
