"""The finished parts of an experiment that may not be finished: one file each, so that nothing is lost."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sparsefool.errors import StoreError
from sparsefool.store.tables import Table, find_tables, read_table, write_table


class Shards:
    """A folder with one table for each part of an experiment that has been computed.

    A part is written in one step, so a process that is killed leaves whole parts only, and two processes that
    compute the same part write the same file one after the other.

    Args:
        folder: of this experiment alone; made with the first part.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def finished(self) -> frozenset[str]:
        """Return the keys of the parts that are there."""
        return frozenset(path.stem for path in find_tables(self._folder))

    def write(self, key: str, part: Table) -> None:
        """Keep a part under a key that is a valid file name."""
        write_table(self._path(key), part)

    def read(self, keys: Iterable[str]) -> Sequence[Table]:
        """Return parts in the order of their keys.

        Raises:
            StoreError: one is missing or damaged; the message names it and says what to do.
        """
        return [self._read(key) for key in keys]

    def _read(self, key: str) -> Table:
        try:
            return read_table(self._path(key))
        except StoreError as error:
            raise StoreError(f"{error} Delete the file, and this part is computed again.") from error

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.parquet"
