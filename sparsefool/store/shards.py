"""The finished blocks of a record: one file each, so that an interrupted run loses nothing."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sparsefool.store.tables import Table, read_table, write_table


class Shards:
    """A folder with one table, a shard, for each finished block.

    A shard is written in one step: a process that is killed leaves whole shards only, and two processes that
    compute the same one write the same file one after the other.

    Args:
        folder: of these shards alone; made with the first one.
        read: reads a table.
    """

    def __init__(self, folder: Path, read: Callable[[Path], Table] = read_table) -> None:
        self._folder, self._read = folder, read

    def has(self, key: str) -> bool:
        """Return whether the shard of a key is there."""
        return self._path(key).is_file()

    def write(self, key: str, shard: Table) -> None:
        """Write a shard under a key that is a valid file name."""
        write_table(self._path(key), shard)

    def read(self, keys: Iterable[str]) -> Sequence[Table]:
        """Return shards in the order of the given keys.

        Raises:
            StoreError: one is missing or damaged; the message names it.
        """
        return [self._read(self._path(key)) for key in keys]

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.parquet"
