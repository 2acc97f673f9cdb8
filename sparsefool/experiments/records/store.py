"""Where records are kept: those that come with the project, and those measured on this machine."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sparsefool import paths
from sparsefool.devices import device_info, load_per_core
from sparsefool.errors import DataError, ModelError, StoreError
from sparsefool.experiments.records.record import LEFT_OUT, Part, Record, Task, pictures_of, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.store.shards import UNSAVED, Shards
from sparsefool.store.tables import Table, shared_table, write_table
from sparsefool.versions import code_version, versions
from sparsefool.zoo.loading import weights_sha256

if TYPE_CHECKING:
    import pandas as pd


class RecordStore:
    """Rows on disk: one file for each record that comes with the project, one for each block measured here.

    Blocks that were measured here count only for the code that measured them. A block is written in one step,
    so that a run that is interrupted loses no finished one.

    Args:
        own: folder for the blocks that are measured.
        shipped: folder of the records that come with the project.
        anew: whether those do not count, so that all is measured here.
    """

    def __init__(self, own: Path | None = None, shipped: Path | None = None, *, anew: bool = False) -> None:
        self._own = own or paths.OWN_RESULTS
        self._shipped = self._own if anew else shipped or paths.SHIPPED_RESULTS

    def has(self, task: Task) -> bool:
        """Return whether the rows of a block are there."""
        return task.last <= self._shipped_images(task.record) or self._shards(task.record).has(_name(task))

    def holds(self, part: Part) -> bool:
        """Return whether all rows of a part are there.

        They are not if its network is not on this machine, or if there are not that many test images.
        """
        try:
            tasks = part.tasks()
            return self.is_shipped(part) or all(self.has(task) for task in tasks)
        except (DataError, ModelError):
            return False

    def is_shipped(self, part: Part) -> bool:
        """Return whether all rows of a part come with the project."""
        return self._shipped_images(part.record) >= part.images

    def rows(self, part: Part) -> "pd.DataFrame":
        """Return the rows of a part that are there, each with the device it was measured on."""
        rows = rows_of_tables(self.tables(part))
        return rows if rows.empty else rows[rows["image"] < part.images].reset_index(drop=True)

    def tables(self, part: Part) -> Sequence[Table]:
        """Return the tables that hold a part, as far as it was measured.

        Raises:
            StoreError: one is damaged; the message names it and what to do.
        """
        shipped, shards = self._shipped_images(part.record), self._shards(part.record)
        names = [_name(task) for task in part.tasks() if task.first >= shipped]
        own = shards.read(name for name in names if shards.has(name))
        return [_read(self._shipped_path(part.record)), *own] if shipped else own

    def measure(self, task: Task, context: RunContext) -> None:
        """Measure a block and keep it."""
        self.keep(task, measure_block(task, context))

    @property
    def claims(self) -> Path:
        """The folder in which commands that write into this one say what they are at."""
        return self._own / "claims"

    def keep(self, task: Task, table: Table) -> None:
        """Keep a block that was measured, here or elsewhere."""
        self._shards(task.record).write(_name(task), table)

    def read(self, task: Task) -> Table:
        """Return the rows of a block that is there.

        Raises:
            StoreError: it is not, or its file is damaged.
        """
        if task.last > self._shipped_images(task.record):
            return self._shards(task.record).read([_name(task)])[0]
        whole = _read(self._shipped_path(task.record))
        return Table(whole.rows[whole.rows["image"].between(task.first, task.last - 1)], whole.provenance)

    def ship(self, part: Part) -> Path:
        """Put a finished part among the records that come with the project; return its file.

        Raises:
            StoreError: a block is damaged, or was not measured.
        """
        path = self._shipped_path(part.record)
        if not self.holds(part):
            raise StoreError(f"{part.record.title} is not measured on {part.images} images yet.")
        if not self.is_shipped(part):
            record, whole = part.record, Part(part.record, part.tasks()[-1].last)
            provenance = {
                "record": dict(record.describe()),
                "weights_sha256": {model: weights_sha256(model) for model in record.models},
                **circumstances(self.tables(whole)),
                **({"images": whole.images} if pictures_of(record) else {}),
            }
            write_table(path, Table(self.rows(whole), provenance))
        return path

    def _shards(self, record: Record) -> Shards:
        version = code_version(("attacks", "experiments"))
        return Shards(self._own / f"{version}-{torch.__version__}" / record_key(record), _read)

    def _shipped_images(self, record: Record) -> int:
        """Return how many of the first images come with the project; they end with a block."""
        path = self._shipped_path(record)
        if not path.is_file():
            return 0
        table = _read(path)
        return int(table.provenance.get("images") or table.rows["image"].max() + 1)

    def _shipped_path(self, record: Record) -> Path:
        return self._shipped / f"{record_key(record)}.parquet"


def measure_block(task: Task, context: RunContext) -> Table:
    """Return the rows of a block, measured now, with on what, with what and when."""
    started = time.perf_counter()
    with _exact_float32():
        rows = task.record.measure(task.first, task.last, context)
    left_out = rows.attrs.pop(LEFT_OUT, None)
    note = {
        "device": str(device_info(context.device)),
        "versions": versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - started, 3),
        "load_per_core": load_per_core(),
        **({LEFT_OUT: left_out} if left_out else {}),
    }
    return Table(rows, note)


def rows_of_tables(tables: Sequence[Table]) -> "pd.DataFrame":
    """Return the rows of several tables, each with the device it was measured on."""
    import pandas as pd

    filled = [_with_device(table) for table in tables if len(table.rows)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame({"image": [], "seconds": []})


def circumstances(tables: Iterable[Table]) -> dict[str, Any]:
    """Return on what, with what and when tables were measured, which may be several days and devices.

    If some are in memory only, it says under :data:`sparsefool.store.shards.UNSAVED` why.
    """
    notes = [table.provenance for table in tables]
    devices = {device for note in notes for device in note.get("devices") or [note["device"]]}
    found: list[Mapping[str, str]] = []
    for note in notes:
        given = note["versions"]
        found += [each for each in (given if isinstance(given, list) else [given]) if each not in found]
    left_out = {name: why for note in notes for name, why in note.get(LEFT_OUT, {}).items()}
    loads = [note["load_per_core"] for note in notes if note.get("load_per_core") is not None]
    dates = [note.get("first_date") or note["date"] for note in notes]
    unsaved = [note[UNSAVED] for note in notes if UNSAVED in note]
    return {
        "devices": sorted(devices),
        "versions": found,
        "first_date": min(dates),
        "date": max(note["date"] for note in notes),
        "seconds": round(sum(note["seconds"] for note in notes), 1),
        "load_per_core": round(max(loads), 2) if loads else None,
        **({LEFT_OUT: left_out} if left_out else {}),
        **({UNSAVED: unsaved[0]} if unsaved else {}),
    }


def _read(path: Path) -> Table:
    try:
        return shared_table(path)
    except StoreError as error:
        raise StoreError(f"{error} Delete the file, and its rows are computed again.") from error


def _name(task: Task) -> str:
    return f"{task.first:05d}"


def _with_device(table: Table) -> "pd.DataFrame":
    if "device" in table.rows:
        return table.rows
    return table.rows.assign(device=table.provenance["device"])


def _exact_float32() -> Any:
    """Return a context in which GPUs compute convolutions in float32, not in TF32, their default."""
    return torch.backends.cudnn.flags(
        enabled=torch.backends.cudnn.enabled,
        benchmark=torch.backends.cudnn.benchmark,
        deterministic=torch.backends.cudnn.deterministic,
        allow_tf32=False,
    )
