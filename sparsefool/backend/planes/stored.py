"""The two decision planes that come with the project: a flat boundary, and a bent one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sparsefool import paths
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import gallery_picture
from sparsefool.backend.planes.request import ATTACK, RANDOM, PlaneReport, PlaneRequest
from sparsefool.backend.planes.run import run_plane
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.errors import StoreError
from sparsefool.geometry.flatness import Flatness
from sparsefool.once import once
from sparsefool.store.tables import Table, read_table, write_table
from sparsefool.versions import versions
from sparsefool.zoo.loading import weights_sha256

_ARRAYS = ("labels", "margins", "ticks")


@dataclass(frozen=True)
class PlaneExample:
    """A plane that comes with the project.

    Attributes:
        name: of its file.
        kind: of the plane, as in :class:`PlaneRequest`.
        model, gallery, index: the network, and the sample image that is attacked.
        lambda_: of the attack.
    """

    name: str
    kind: str
    model: str = "cifar10/resnet18"
    gallery: str = "cifar10"
    index: int = 0
    lambda_: float = 3.0

    @property
    def path(self) -> Path:
        """Its file."""
        return paths.SHIPPED_PLANES / f"{self.name}.parquet"

    def request(self, device: str = "auto") -> PlaneRequest:
        """Return the request that computes it.

        Raises:
            DataError: the gallery is not there.
        """
        picture = gallery_picture(self.model, self.gallery, self.index)
        return PlaneRequest(AttackRequest(self.model, picture, self.lambda_, device=device), self.kind)


FLAT, BENT = PlaneExample("flat", RANDOM), PlaneExample("bent", ATTACK)
EXAMPLES = (FLAT, BENT)


@once()
def stored_plane(example: PlaneExample) -> PlaneReport:
    """Return a plane as it was stored.

    Raises:
        StoreError: its file is missing or damaged.
    """
    table = read_table(example.path)
    try:
        return _report(table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{example.path} holds no plane ({type(error).__name__}).") from error


def stored_on(example: PlaneExample) -> str:
    """Return the day on which a stored plane was computed.

    Raises:
        StoreError: its file is missing or damaged.
    """
    provenance = read_table(example.path).provenance
    if "date" not in provenance:
        raise StoreError(f"{example.path} does not say when it was computed.")
    return str(provenance["date"])


def compute_plane(
    example: PlaneExample, device: str = "auto", progress: Progress | None = None
) -> PlaneReport:
    """Compute a plane anew.

    Raises:
        DataError, ModelError, DeviceError, Cancelled: as :func:`run_plane`.
    """
    return run_plane(example.request(device), progress or NullProgress())


def store_plane(example: PlaneExample, report: PlaneReport) -> None:
    """Write a plane to where :func:`stored_plane` reads it."""
    import pandas as pd

    rows = pd.DataFrame(
        {"label": report.labels.ravel().astype(np.int32), "margin": report.margins.ravel().astype(np.float32)}
    )
    note = {each.name: getattr(report, each.name) for each in fields(report) if each.name not in _ARRAYS}
    note["flatness"] = asdict(report.flatness)
    note["names"] = {str(label): name for label, name in report.names.items()}
    ranges = [[float(axis[0]), float(axis[-1])] for axis in report.ticks]
    provenance = {
        "report": {**note, "ranges": ranges},
        "weights_sha256": weights_sha256(example.model),
        "date": datetime.now(UTC).date().isoformat(),
        **versions(),
    }
    write_table(example.path, Table(rows, provenance))
    stored_plane.cache_clear()


def _report(table: Table) -> PlaneReport:
    note: Mapping[str, Any] = table.provenance["report"]
    side = round(len(table.rows) ** 0.5)
    first, second = (np.linspace(low, high, side, dtype=np.float32) for low, high in note["ranges"])
    values = {key: _tuples(value) for key, value in note.items() if key != "ranges"}
    values["names"] = {int(label): name for label, name in note["names"].items()}
    values["flatness"] = Flatness(**note["flatness"])
    return PlaneReport(
        **values,
        ticks=(first, second),
        labels=table.rows["label"].to_numpy().astype(np.int64).reshape(side, side),
        margins=table.rows["margin"].to_numpy().reshape(side, side),
    )


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
