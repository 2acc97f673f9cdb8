"""A table of results as files for other programs."""

import json

from sparsefool.store.tables import Table, encode_table

LISTS = ("changed_at", "changed_to")


def table_csv(table: Table) -> bytes:
    """Return the rows as CSV; lists of values are written with spaces between them."""
    rows = table.rows.copy()
    for column in LISTS:
        if column in rows:
            rows[column] = [" ".join(map(str, values)) for values in rows[column]]
    return bytes(rows.to_csv(index=False).encode())


def table_parquet(table: Table) -> bytes:
    """Return the table as Parquet, its provenance inside."""
    return encode_table(table)


def provenance_json(table: Table) -> bytes:
    """Return what was measured, with what, on what and when, as JSON."""
    return json.dumps(dict(table.provenance), indent=2, ensure_ascii=False).encode() + b"\n"
