"""Pictures in Parquet files of the Hugging Face layout: columns of images, bytes and path, and of labels."""

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from sparsefool.data.listings.listing import Entry, Listing
from sparsefool.data.specs import DatasetSpec
from sparsefool.errors import DataError, ImageError

SPLITS = ("validation", "val", "test", "train")
"""Beginnings of file names that tell the parts of a data set apart; of several, the first is taken."""


def list_parquet(path: Path, spec: DatasetSpec) -> Listing:
    """Return the pictures in a Parquet file, or in those of a folder, in the order of their rows.

    Names are the paths in the column of images; rows without one are called ``row-N.png``, counted from 0
    over all files. Only names and labels are read.

    Raises:
        DataError: a file is damaged, has other columns, or a label that is no class of the data set.
    """
    files, notes = _files(path)
    classes = len(spec.class_names)
    groups: list[tuple[Path, int, int]] = []
    entries: list[Entry] = []
    for file in files:
        names, labels, sizes = _names_and_labels(file, spec)
        groups += [(file, group, size) for group, size in enumerate(sizes)]
        of_file = file.stat().st_size
        for name, label in zip(names, labels, strict=True):
            row = f"row-{len(entries)}.png"
            if label is None or not 0 <= label < classes:
                raise DataError(
                    f"{file}: the label of {name or row} is {label}; {spec.title} has the classes 0 to "
                    f"{classes - 1}."
                )
            entries.append(Entry(name or row, row, label, 0 if name else of_file))
    if not entries:
        raise DataError(f"There is no picture in {path}.")
    starts = [0, *accumulate(size for *_, size in groups)]
    column = _image_column(files[0], spec)

    def read(at: int) -> bytes:
        place = bisect_right(starts, at) - 1
        file, group, _ = groups[place]
        data: bytes | None = _group(file, group, column)[at - starts[place]].as_py()
        if data is None:
            raise ImageError(f"Row {at} of {path} has no bytes.")
        return data

    return Listing(tuple(entries), read, notes)


def _files(path: Path) -> tuple[list[Path], tuple[str, ...]]:
    if path.is_file():
        return [path], ()
    files = [each for each in sorted(path.glob("*.parquet")) if not each.name.startswith(".")]
    by_split = {split: [each for each in files if _is_of(each, split)] for split in SPLITS}
    splits = [split for split in SPLITS if by_split[split]]
    if len(splits) < 2:
        return files, ()
    passed = ", ".join(splits[1:])
    return by_split[splits[0]], (f"Of the files in {path}, those of {splits[0]} are taken, not {passed}.",)


def _is_of(file: Path, split: str) -> bool:
    return file.stem == split or file.stem.startswith((f"{split}-", f"{split}_"))


def _image_column(file: Path, spec: DatasetSpec) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} is no readable Parquet file ({error}).") from error
    wanted = ("image", spec.files.image_column) if spec.files else ("image",)
    for name in wanted:
        if name in schema.names:
            kind = schema.field(name).type
            if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0 and "label" in schema.names:
                return name
    raise DataError(
        f"{file} needs a column {' or '.join(dict.fromkeys(wanted))} of structs with bytes and path, and a "
        f"column label; it has {', '.join(f'{each.name} ({each.type})' for each in schema)}."
    )


def _names_and_labels(file: Path, spec: DatasetSpec) -> tuple[list[str], list[int | None], list[int]]:
    """Return the names (empty where there is none) and labels of all rows, and the sizes of their groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = _image_column(file, spec)
    try:
        with pq.ParquetFile(file) as opened:
            has_path = opened.schema_arrow.field(column).type.get_field_index("path") >= 0
            wanted = [f"{column}.path", "label"] if has_path else ["label"]
            table = opened.read(columns=wanted)
            metadata = opened.metadata
            sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} is no readable Parquet file ({error}).") from error
    if not pa.types.is_integer(table.schema.field("label").type):
        raise DataError(f"{file}: the column label must hold whole numbers, not {table['label'].type}.")
    cells = table.column(column).to_pylist() if has_path else [None] * len(table)
    return [(cell or {}).get("path") or "" for cell in cells], table.column("label").to_pylist(), sizes


@lru_cache(maxsize=2)
def _group(file: Path, group: int, column: str) -> Any:
    """Return the bytes of all pictures of a row group, which is read as a whole."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            read = opened.read_row_group(group, columns=[f"{column}.bytes"]).column(column)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} can no longer be read ({error}).") from error
    return pc.struct_field(read, "bytes")
