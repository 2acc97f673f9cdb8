"""The finished tasks of an experiment: one file each, so that an interrupted run loses nothing."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sparsefool.errors import StoreError
from sparsefool.store.tables import Table, find_tables, read_table, write_table


class Shards:
    """A folder with one table, a shard, for each finished task of an experiment.

    A shard is written in one step: a process that is killed leaves whole shards only, and two processes that
    compute the same one write the same file one after the other.

    Args:
        folder: of this experiment alone; made with the first shard.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def finished(self) -> frozenset[str]:
        """Return the keys of the shards that are there."""
        return frozenset(path.stem for path in find_tables(self._folder))

    def write(self, key: str, shard: Table) -> None:
        """Write a shard under a key that is a valid file name."""
        write_table(self._path(key), shard)

    def read(self, keys: Iterable[str]) -> Sequence[Table]:
        """Return shards in the order of the given keys.

        Raises:
            StoreError: one is missing or damaged; the message names it and what to do.
        """
        return [self._read(key) for key in keys]

    def _read(self, key: str) -> Table:
        try:
            return read_table(self._path(key))
        except StoreError as error:
            raise StoreError(f"{error} Delete the file, and its rows are computed again.") from error

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.parquet"
