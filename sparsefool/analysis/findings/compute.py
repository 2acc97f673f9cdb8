"""All stored findings of a data set, computed from the rows that there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sparsefool.analysis.findings.fooling_classes import FOOLING_CLASS_FINDINGS, find_fooling_classes
from sparsefool.analysis.findings.fooling_parts import FOOLING_PART_FINDINGS, find_fooling_parts
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS, find_networks
from sparsefool.analysis.findings.parts import (
    PART_FINDINGS,
    PART_IMAGES,
    PartFinding,
    find_parts,
    of_kind,
    part_images,
    shipped_annotations,
)
from sparsefool.analysis.findings.robustness import PART_VARIANTS, find_variants, variants_table
from sparsefool.analysis.findings.tables import Finding, FindingTable, findings_path
from sparsefool.data.annotations import Annotation
from sparsefool.data.specs import find_dataset
from sparsefool.errors import ParameterError
from sparsefool.experiments.annotated import MAIN, SETTINGS, AnnotatedPictures, annotated_pictures
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.records.store import RecordStore, circumstances
from sparsefool.store.tables import Table, write_table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def compute_findings(
    dataset: str, models: Sequence[str], store: RecordStore
) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield the tables of a data set's findings, each with the name of its kind; empty ones are left out.

    Everything but the parts is computed for :data:`~sparsefool.experiments.annotated.MAIN` alone.

    Args:
        dataset: its name.
        models: networks; those without rows are left out.
        store: where the rows are.

    Raises:
        DataError: annotations are missing or damaged.
        ParameterError: there are no rows.
    """
    import pandas as pd

    annotations = shipped_annotations(dataset)
    planned = _planned(models, dataset, annotations, store)
    rows = {key: experiment.table(store.rows) for key, experiment in planned}
    if not rows:
        raise ParameterError(
            f"No network was attacked on half of the annotated pictures of {dataset}: run sparsefool "
            f"experiment parts {dataset}."
        )
    yield from _on_parts(rows, dataset, annotations)
    main = {model: attacked for (model, setting), attacked in rows.items() if setting == MAIN}
    variants: dict[str, list[PartFinding]] = {}
    for model, attacked in main.items():
        for name, new in find_variants(attacked, model, MAIN, annotations).items():
            variants.setdefault(name, []).extend(new)
    if variants:
        yield PART_VARIANTS, variants_table(variants)
    yield from _table(
        FOOLING_PART_FINDINGS,
        (find_fooling_parts(attacked, model, annotations) for model, attacked in main.items()),
    )
    many = {model: _many_rows(model, main.get(model), store) for model in models}
    compared = {model: attacked for model, attacked in many.items() if not attacked.empty}
    yield from _table(
        FOOLING_CLASS_FINDINGS,
        (find_fooling_classes(attacked, model) for model, attacked in compared.items()),
    )
    if len(compared) > 1:
        together = pd.concat([attacked.assign(model=model) for model, attacked in compared.items()])
        yield from _table(NETWORK_FINDINGS, [find_networks(together, tuple(compared), annotations)])


def _on_parts(
    rows: Mapping[tuple[str, str], "pd.DataFrame"], dataset: str, annotations: Sequence[Annotation]
) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield the tables on parts of each network and attack, and of each of their pictures."""
    import pandas as pd

    found, images = list[Sequence[PartFinding]](), list[pd.DataFrame]()
    for (model, setting), attacked in rows.items():
        for weighted in (False, True):
            images.append(part_images(attacked, model, setting, annotations, weighted))
            for kind in find_dataset(dataset).annotated_kinds:
                chosen = of_kind(annotations, dataset, kind.name)
                found.append(find_parts(attacked, model, setting, chosen, kind.name, weighted))
    yield from _table(PART_FINDINGS, found)
    yield PART_IMAGES, pd.concat(images, ignore_index=True)


def _table(
    of: FindingTable[Finding], groups: Iterable[Sequence[Finding]]
) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield the name and the table of some findings, if there are any."""
    if findings := list(chain.from_iterable(groups)):
        yield of.kind, of.table(findings)


def store_findings(
    dataset: str, models: Sequence[str], store: RecordStore, folder: Path | None = None
) -> Mapping[str, int]:
    """Compute the findings of a data set and store them; return how many rows each table has.

    Args:
        dataset, models, store: as in :func:`compute_findings`.
        folder: for the tables; :data:`sparsefool.paths.FINDINGS` where not given.

    Raises:
        DataError: annotations are missing or damaged.
        ParameterError: there are no rows.
    """
    counts = {}
    planned = _planned(models, dataset, shipped_annotations(dataset), store)
    tables = [
        table for _, experiment in planned for part in experiment.parts() for table in store.tables(part)
    ]
    for name, rows in compute_findings(dataset, models, store):
        provenance = {"dataset": dataset, **circumstances(tables)}
        write_table(findings_path(name, dataset, folder), Table(rows, provenance))
        counts[name] = len(rows)
    return counts


def _planned(
    models: Sequence[str], dataset: str, annotations: Sequence[Annotation], store: RecordStore
) -> Sequence[tuple[tuple[str, str], AnnotatedPictures]]:
    """Return each network and attack of which rows are there of half the annotated pictures, or more."""
    found = []
    images = {each.image for each in annotations}
    for model in models:
        for name, setting in SETTINGS.items():
            planned = annotated_pictures(dataset, (model,), setting, annotations, store.holds)
            rows = planned.table(store.rows)
            there = 0 if rows.empty else int(rows["image"].isin(images).sum())
            if 2 * there >= len(images):
                found.append(((model, name), planned))
    return found


def _many_rows(model: str, attacked: "pd.DataFrame | None", store: RecordStore) -> "pd.DataFrame":
    """Return the rows of the first test images where these are more than the annotated pictures."""
    spec = find_dataset(find_spec(model).dataset)
    part = Part(AttackRecord(model, SETTINGS[MAIN], spec.batch), spec.test_images)
    return store.rows(part) if attacked is None or spec.test_images > len(attacked) else attacked
