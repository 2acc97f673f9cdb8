"""Whether findings on parts depend on how exactly, and by whom, the parts were annotated."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sparsefool import paths
from sparsefool.analysis.findings.parts import PART_FINDINGS, PartFinding, findings_of, of_kind
from sparsefool.analysis.findings.tables import read_findings
from sparsefool.analysis.part_findings import annotated_attack
from sparsefool.data.annotations import Annotation, read_annotations
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.pixel_masks import resized
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

GROWN, SHRUNK = "grown", "shrunk"
"""Every part, the object too, has one pixel more, or less, all around."""

PART_VARIANTS = "part-variants"
"""The kind of table of such findings; the annotation has a column of its own."""

FIRST, SECOND = "first look", "second look"
"""On those pictures that were annotated twice: the parts of the one annotation, and of the other."""


def find_variants(
    rows: "pd.DataFrame", model: str, setting: str, annotations: Sequence[Annotation]
) -> Mapping[str, Sequence[PartFinding]]:
    """Return the findings on other annotations of the same pictures, for each kind of picture.

    Args:
        rows: the attack's on that network; the column ``image`` holds what the annotations call a picture.
        model: the network.
        setting: the attack, as in :class:`~sparsefool.analysis.findings.parts.PartFinding`.
        annotations: of pictures of any kind.
    """
    spec = find_dataset(find_spec(model).dataset)
    found: dict[str, list[PartFinding]] = {}
    twice = read_annotations(paths.ANNOTATIONS / spec.second_look) if spec.second_look else ()
    seen = {each.image for each in twice}
    looks = {FIRST: [each for each in annotations if each.image in seen], SECOND: twice}
    for kind in spec.annotated_kinds:
        attack = annotated_attack(rows, model, of_kind(annotations, spec.name, kind.name))
        variants = {
            name: replace(attack, parts={part: resized(masks, by) for part, masks in attack.parts.items()})
            for name, by in ((GROWN, 1), (SHRUNK, -1))
        }
        for name, look in looks.items():
            variants[name] = annotated_attack(rows, model, of_kind(look, spec.name, kind.name))
        for name, variant in variants.items():
            new = findings_of(variant, model, setting, kind.name, weighted=False)
            found.setdefault(name, []).extend(new)
    return found


def variants_table(variants: Mapping[str, Sequence[PartFinding]]) -> "pd.DataFrame":
    """Return findings as a table, one row each, the annotations in the column ``annotation``."""
    import pandas as pd

    tables = [PART_FINDINGS.table(found).assign(annotation=name) for name, found in variants.items() if found]
    return pd.concat(tables, ignore_index=True)


def read_variants(dataset: str, folder: Path | None = None) -> Mapping[str, Sequence[PartFinding]]:
    """Return the stored findings of a data set on other annotations.

    Args:
        dataset: its name.
        folder: of the tables; :data:`sparsefool.paths.FINDINGS` where not given.

    Raises:
        StoreError: there are none, or the file is damaged.
    """
    table = read_findings(PART_VARIANTS, dataset, folder)
    return {str(name): PART_FINDINGS.findings(rows) for name, rows in table.groupby("annotation", sort=False)}
