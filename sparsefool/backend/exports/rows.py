"""The rows of an experiment as files for other programs: what its columns hold, and its provenance."""

import json
from typing import TYPE_CHECKING

from sparsefool.backend.exports.tables import csv_table
from sparsefool.experiments.records.columns import COLUMNS
from sparsefool.store.tables import Table, encode_table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

LISTS = ("changed_at", "changed_to")
"""Columns of which each cell holds several values."""

CLASSES = {"label_name": "label", "predicted_name": "predicted", "fooling_name_8bit": "fooling_label_8bit"}
"""Columns of class names, and those of the numbers that they stand for."""


def with_class_names(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows of an experiment with the columns of :data:`CLASSES`, each after its number."""
    owner = next((name for name in ("source", "model") if name in rows), None)
    if owner is None:
        return rows
    rows = rows.copy()
    names = {model: find_spec(str(model)).class_names for model in rows[owner].unique()}
    for column, number in CLASSES.items():
        if number in rows:
            found = [names[model][label] for model, label in zip(rows[owner], rows[number], strict=True)]
            rows.insert(list(rows).index(number) + 1, column, found)
    return rows


def columns_csv(table: Table) -> bytes:
    """Return what each column of a table holds, with its unit, as CSV."""
    import pandas as pd

    names = list(with_class_names(table.rows).columns)
    described = pd.DataFrame({"column": names, "holds": [COLUMNS[name] for name in names]})
    return csv_table(described)


def table_csv(table: Table) -> bytes:
    """Return the rows as CSV, with class names; lists of values are written with spaces between them."""
    rows = with_class_names(table.rows)
    for column in LISTS:
        if column in rows:
            rows[column] = [" ".join(map(str, values)) for values in rows[column]]
    return csv_table(rows)


def table_parquet(table: Table) -> bytes:
    """Return the table as Parquet, its provenance inside."""
    return encode_table(Table(with_class_names(table.rows), {**table.provenance, "columns": COLUMNS}))


def provenance_json(table: Table) -> bytes:
    """Return what was measured, with what, on what and when, as JSON."""
    return json.dumps(dict(table.provenance), indent=2, ensure_ascii=False).encode() + b"\n"
