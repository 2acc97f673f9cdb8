"""The finished blocks of a record: one file each, so that an interrupted run loses nothing."""

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sparsefool.store.tables import Table, read_table, write_table

UNSAVED = "unsaved"
"""In the provenance of a shard that is in memory only: why."""

_log = logging.getLogger(__name__)
_unsaved: dict[Path, Table] = {}


class Shards:
    """A folder with one table, a shard, for each finished block.

    A shard is written in one step: a process that is killed leaves whole shards only, and two processes that
    compute the same one write the same file one after the other. One that cannot be written, because the disk
    is full perhaps, stays in the memory of this process.

    Args:
        folder: of these shards alone; made with the first one.
        read: reads a table.
    """

    def __init__(self, folder: Path, read: Callable[[Path], Table] = read_table) -> None:
        self._folder, self._read = folder, read

    def has(self, key: str) -> bool:
        """Return whether the shard of a key is there."""
        return self._path(key).is_file() or self._path(key) in _unsaved

    def write(self, key: str, shard: Table) -> None:
        """Write a shard under a key that is a valid file name."""
        _write(self._path(key), shard)

    def read(self, keys: Iterable[str]) -> Sequence[Table]:
        """Return shards in the order of the given keys.

        Raises:
            StoreError: one is missing or damaged; the message names it.
        """
        return [self._read_one(self._path(key)) for key in keys]

    def _read_one(self, path: Path) -> Table:
        unsaved = _unsaved.get(path)
        return self._read(path) if unsaved is None or path.is_file() else unsaved

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.parquet"


def save_again() -> Sequence[str]:
    """Write all shards that could not be written before; return why each that still is in memory only is."""
    for path, shard in list(_unsaved.items()):
        _write(path, shard)
    return [str(shard.provenance[UNSAVED]) for shard in _unsaved.values()]


def _write(path: Path, shard: Table) -> None:
    note = {name: value for name, value in shard.provenance.items() if name != UNSAVED}
    try:
        write_table(path, Table(shard.rows, note))
    except OSError as error:
        reason = f"{error.strerror or error}: {path}"
        _log.error("A result is kept in memory only. %s", reason)
        _unsaved[path] = Table(shard.rows, {**note, UNSAVED: reason})
    else:
        _unsaved.pop(path, None)
