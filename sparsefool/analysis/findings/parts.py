"""How much of the perturbations lies on heads, wings and other parts: computed once, stored, read at once.

Two tables for each data set in assets/findings, ``parts-DATASET.parquet`` and
``part-images-DATASET.parquet``; docs/annotations.md describes their columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparsefool import paths
from sparsefool.analysis.enrichment import Baseline, Enrichment
from sparsefool.analysis.findings.tables import estimate_columns, estimate_from, read_findings
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

BASELINES = ("random", "others", "centre")
"""What a part is compared with: the attributes of :class:`~sparsefool.analysis.enrichment.Enrichment`."""


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
    found: Enrichment


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


def as_table(findings: Sequence[PartFinding]) -> "pd.DataFrame":
    """Return findings as a table, one row each."""
    import pandas as pd

    return pd.DataFrame([_as_row(each) for each in findings])


def read_parts(dataset: str, folder: Path | None = None) -> Sequence[PartFinding]:
    """Return the stored findings of a data set: no attack and no test is run.

    Args:
        dataset: its name.
        folder: of the tables; :data:`sparsefool.paths.FINDINGS` where not given.

    Raises:
        StoreError: there are none, or the file is damaged.
    """
    return findings_from(read_findings("parts", dataset, folder))


def findings_from(table: "pd.DataFrame") -> Sequence[PartFinding]:
    """Return the findings in a table of :func:`as_table`."""
    return tuple(_from_row(row) for row in table.to_dict("records"))


def read_part_images(dataset: str, folder: Path | None = None) -> "pd.DataFrame":
    """Return the enrichment of each part in each picture, to sort examples by their effect.

    Args:
        dataset, folder: as in :func:`read_parts`.

    Raises:
        StoreError: there are none, or the file is damaged.
    """
    return read_findings("part-images", dataset, folder)


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


def _as_row(finding: PartFinding) -> dict[str, Any]:
    found = finding.found
    row: dict[str, Any] = {
        "model": finding.model,
        "setting": finding.setting,
        "weighted": finding.weighted,
        "kind": finding.kind,
        "part": found.part,
        "n": found.n,
        "share": found.share,
        "area": found.area,
        **estimate_columns("of_object", found.of_object),
        **estimate_columns("of_image", found.of_image),
    }
    for name in BASELINES:
        baseline: Baseline = getattr(found, name)
        row |= {
            f"{name}_n": baseline.n,
            **estimate_columns(f"{name}_gain", baseline.gain),
            f"{name}_p": baseline.p,
        }
    return row


def _from_row(row: Mapping[str, Any]) -> PartFinding:
    baselines = {
        name: Baseline(row[f"{name}_n"], estimate_from(row, f"{name}_gain"), row[f"{name}_p"])
        for name in BASELINES
    }
    found = Enrichment(
        row["part"],
        row["n"],
        row["share"],
        row["area"],
        estimate_from(row, "of_object"),
        estimate_from(row, "of_image"),
        **baselines,
    )
    return PartFinding(row["model"], row["setting"], row["weighted"], row["kind"], found)
