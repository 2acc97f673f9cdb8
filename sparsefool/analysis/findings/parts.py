"""How much of the perturbations lies on heads, wings and other parts: computed once, stored, read at once.

Two tables for each data set in assets/findings, ``parts-DATASET.parquet`` and
``part-images-DATASET.parquet``; docs/annotations.md describes their columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sparsefool import paths
from sparsefool.analysis.enrichment import Enrichment
from sparsefool.analysis.findings.tables import INLINE, FindingTable, read_findings
from sparsefool.analysis.part_findings import (
    AnnotatedAttack,
    annotated_attack,
    enrichment_of_object,
    enrichments,
)
from sparsefool.data.annotations import OBJECT, Annotation, read_annotations
from sparsefool.data.specs import find_dataset

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PartFinding:
    """The enrichment of one part for one network, attack and kind of picture.

    Attributes:
        model: the network.
        setting: a key of :data:`sparsefool.experiments.annotated.SETTINGS`, such as ``lambda-3``.
        weighted: whether each pixel counts by how much it changed.
        kind: of the pictures: a name of the data set's ``annotated_kinds``, such as ``animals``.
        found: the measure. Of the part ``object`` the image's area is the measure, of others the object's.
    """

    model: str
    setting: str
    weighted: bool
    kind: str
    found: Enrichment = field(metadata=INLINE)


PART_FINDINGS = FindingTable("parts", PartFinding)

PART_IMAGES = "part-images"
"""The kind of table with a row for each part of each picture."""


def shipped_annotations(dataset: str) -> Sequence[Annotation]:
    """Return the annotations of a data set's pictures that come with the project.

    Raises:
        DataError: there is no such data set, or a file is missing or damaged.
    """
    files = find_dataset(dataset).annotations
    return [each for file in files for each in read_annotations(paths.ANNOTATIONS / file)]


def of_kind(annotations: Sequence[Annotation], dataset: str, kind: str) -> Sequence[Annotation]:
    """Return the annotations of one kind of picture, by what the picture shows."""
    spec = find_dataset(dataset)
    names = {
        spec.class_names[label] for each in spec.annotated_kinds if each.name == kind for label in each.labels
    }
    return [each for each in annotations if each.class_name in names]


def find_parts(
    rows: "pd.DataFrame",
    model: str,
    setting: str,
    annotations: Sequence[Annotation],
    kind: str,
    weighted: bool,
) -> Sequence[PartFinding]:
    """Return the findings on one network, attack and kind of picture.

    Parts that no fooled picture (8 bits) has are left out.

    Args:
        rows: the attack's on that network; the column ``image`` holds what the annotations call a picture.
        model, setting, kind, weighted: as in :class:`PartFinding`.
        annotations: of pictures of that kind.
    """
    attack = annotated_attack(rows, model, annotations, weighted=weighted)
    return findings_of(attack, model, setting, kind, weighted)


def findings_of(
    attack: AnnotatedAttack, model: str, setting: str, kind: str, weighted: bool
) -> Sequence[PartFinding]:
    """Return the findings on what an attack changed, likewise."""
    found = (enrichment_of_object(attack), *enrichments(attack))
    return [PartFinding(model, setting, weighted, kind, each) for each in found if each.n]


def part_images(
    rows: "pd.DataFrame", model: str, setting: str, annotations: Sequence[Annotation], weighted: bool
) -> "pd.DataFrame":
    """Return the enrichment of each part in each fooled picture (8 bits), one row each.

    Args:
        rows, model, setting, annotations, weighted: as in :func:`find_parts`, of pictures of any kind.
    """
    attack = annotated_attack(rows, model, annotations, weighted=weighted)
    names = {str(each.image): each.class_name for each in annotations}
    images = _images(attack)
    return images.assign(shows=images["picture"].map(names), model=model, setting=setting, weighted=weighted)


def read_part_images(dataset: str, folder: Path | None = None) -> "pd.DataFrame":
    """Return the enrichment of each part in each picture, to sort examples by their effect.

    Args:
        dataset, folder: as for :meth:`~sparsefool.analysis.findings.tables.FindingTable.read`.

    Raises:
        StoreError: there are none, or the file is damaged.
    """
    return read_findings(PART_IMAGES, dataset, folder)


def _images(attack: AnnotatedAttack) -> "pd.DataFrame":
    import pandas as pd

    tables = []
    for part, masks in attack.parts.items():
        whole = np.ones_like(masks) if part == OBJECT else attack.parts[OBJECT]
        inside = masks & whole
        total = (attack.weights * whole).sum((1, 2))
        measured = inside.any((1, 2)) & (total > 0)
        share = (attack.weights * inside).sum((1, 2))[measured] / total[measured]
        area = inside.sum((1, 2))[measured] / whole.sum((1, 2))[measured]
        rows = attack.rows[measured]
        tables.append(
            pd.DataFrame(
                {
                    "picture": rows["image"].astype(str),
                    "predicted": rows["predicted"],
                    "fooling_label": rows["fooling_label_8bit"],
                    "pixels": rows["pixels_8bit"],
                    "part": part,
                    "share": share,
                    "area": area,
                    "enrichment": share / area,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
