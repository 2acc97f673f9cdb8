"""One table of results in one Parquet file, its provenance inside."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparsefool.atomic_files import replacing
from sparsefool.errors import StoreError
from sparsefool.once import once

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
_KEY = b"sparsefool"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows, and where they come from.

    Attributes:
        rows: the table.
        provenance: what was measured, with what, on what, when; ready for JSON.
    """

    rows: "pd.DataFrame"
    provenance: Mapping[str, Any]


def encode_table(table: Table) -> bytes:
    """Return a table as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = pa.Table.from_pandas(table.rows, preserve_index=False)
    note = json.dumps({"format": FORMAT, "provenance": dict(table.provenance)})
    content = content.replace_schema_metadata({**(content.schema.metadata or {}), _KEY: note.encode()})
    file = io.BytesIO()
    pq.write_table(content, file, compression="zstd")
    return file.getvalue()


def write_table(path: Path, table: Table) -> None:
    """Write a table in one step: whoever reads sees the old file or the new one; folders are made."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(encode_table(table))


def read_table(path: Path) -> Table:
    """Read a table that :func:`write_table` wrote.

    Raises:
        StoreError: the file is missing, damaged, or no table of results; the message names it.
    """
    try:
        return decode_table(path.read_bytes(), str(path))  # at once: the file may be replaced
    except FileNotFoundError as error:
        raise StoreError(f"There is no file {path}.") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({type(error).__name__}).") from error


def shared_table(path: Path) -> Table:
    """Return a table likewise, read once for all until its file changes; it is not to be changed.

    Raises:
        StoreError: as for :func:`read_table`.
    """
    return _read_version(path, path.stat().st_mtime_ns if path.is_file() else 0)


@once(512)
def _read_version(path: Path, _changed: int) -> Table:
    return read_table(path)


def decode_table(data: bytes, name: str) -> Table:
    """Return a table that :func:`encode_table` wrote.

    Args:
        data: the Parquet file.
        name: what an error calls it.

    Raises:
        StoreError: it is damaged, or no table of results.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = pq.read_table(pa.BufferReader(data))
        note = json.loads((content.schema.metadata or {})[_KEY])
        form = note.get("format")
        provenance = note["provenance"] if form == FORMAT else {}
        rows = content.to_pandas()
    except (pa.ArrowException, OSError, ValueError, KeyError, AttributeError) as error:
        raise StoreError(f"{name} is no readable table of results ({type(error).__name__}).") from error
    if form != FORMAT:
        raise StoreError(f"{name} is of format {form}; this version reads format {FORMAT}.")
    return Table(rows, provenance)
