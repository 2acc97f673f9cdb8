"""Finished attacks for all sessions: those that come with the project, and those of this process."""

import hashlib
import json
import logging
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sparsefool import paths
from sparsefool.attacks import AttackSpec, check_8_bit
from sparsefool.backend.attack.report import AttackReport, Origin
from sparsefool.backend.attack.report_packing import pack, unpack
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import known_weights
from sparsefool.backend.placement import AUTO, places_of
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.backend.serving.figures import LOOKUPS, REPORT_BYTES, watch
from sparsefool.errors import SparseFoolError, StoreError
from sparsefool.once import once
from sparsefool.versions import engine_version
from sparsefool.zoo.specs import find_spec

MEMORY = 64 * 2**20
"""Bytes that the reports of a process may take; one takes 2 to 200 kB."""

_log = logging.getLogger(__name__)


def report_key(request: AttackRequest, weights_sha256: str) -> str:
    """Return a key that two requests share only if the engine gives the same report for both.

    It is a SHA-256 of the pixels, the region, the network with its weights, the attack with its parameters
    and its code. The device does not count: what differs between two is rounding.
    """
    identity = {
        "picture": request.picture_sha256,
        "region": request.region_sha256,
        "weights": weights_sha256,
        "network": find_spec(request.model).construction(),
        "attack": request.attack,
        "parameters": {name: _plain(value) for name, value in request.parameters().items()},
        "engine": engine_version(_modules(request.spec)),
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _modules(spec: AttackSpec) -> tuple[str, ...]:
    """Return the modules of an attack, of what finds its first boundary, and of the check of its result."""
    functions = (spec.run, check_8_bit, *([spec.boundary.run] if spec.boundary else []))
    return tuple(function.__module__ for function in functions)


def _plain(value: Any) -> Any:
    """Return a parameter in one form: 255 and 255.0 are the same δ."""
    return float(value) if isinstance(value, int | float) else value


class ReportStore:
    """Finished reports, packed: each is there for whoever asks for the same again.

    Several threads may use it at once.

    Args:
        shipped: the folder of those that come with the project; the usual one if None.
        memory: bytes that those of this process may take.
    """

    def __init__(self, shipped: Path | None = None, memory: int = MEMORY) -> None:
        self._shipped = shipped
        self._kept: RecentlyUsed[tuple[str, str], bytes] = RecentlyUsed(memory, size=len)
        self._alive: WeakValueDictionary[tuple[str, str], AttackReport] = WeakValueDictionary()

    def find(self, request: AttackRequest) -> AttackReport | None:
        """Return the finished report of a request, for its own picture's name; None where there is none.

        A request that leaves the device open is answered by one of this process, whatever its device, and
        else by one that comes with the project. Nothing is loaded but the report. A damaged file is named in
        the log, and ignored.
        """
        report = self._find(request)
        LOOKUPS.labels(report.origin if report else "missing").inc()
        return report

    def _find(self, request: AttackRequest) -> AttackReport | None:
        try:
            weights = known_weights(request.model)
            if weights is None:
                return None
            key, devices = report_key(request, weights), places_of(request.device)
        except SparseFoolError:  # whoever runs the request is told
            return None
        for device in devices:
            data = self._kept.get((device, key))
            if data is not None:
                return self._open(data, (device, key), request, Origin.KEPT)
        if request.device != AUTO:
            return None
        path = shipped_file(request.model, self._shipped)
        try:
            data = read_shipped(path, key)
            return None if data is None else self._open(data, ("", key), request, Origin.SHIPPED)
        except StoreError as error:
            _log.warning("%s: %s It is ignored; `sparsefool experiment openings` makes it anew.", path, error)
            return None

    @property
    def size(self) -> int:
        """The bytes of the reports of this process."""
        return self._kept.total

    def keep(self, report: AttackReport) -> None:
        """Keep a report for all who ask for the same on the same device."""
        key = report.device.name, report_key(report.request, report.weights_sha256)
        self._kept.put(key, pack(report))

    def clear(self) -> None:
        """Forget the reports of this process."""
        self._kept.clear()
        self._alive.clear()

    def _open(
        self, data: bytes, place: tuple[str, str], request: AttackRequest, origin: Origin
    ) -> AttackReport:
        """Return a packed report; sessions that look at the same share its images."""
        known = self._alive.get(place)
        if known is None or known.request.picture.name != request.picture.name:
            known = self._alive[place] = unpack(data, request, origin)
        return known if known.request == request else replace(known, request=request)


def shipped_file(model: str, folder: Path | None = None) -> Path:
    """Return where the reports of a network are that come with the project, whether there are any or not."""
    return (folder or paths.SHIPPED_REPORTS) / f"{model.replace('/', '-')}.zip"


def read_shipped(path: Path, key: str) -> bytes | None:
    """Return the packed report that a file holds under a key; None where it holds none, or does not exist.

    Raises:
        StoreError: the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return file.read(f"{key}.npz")
    except (FileNotFoundError, KeyError):
        return None
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise StoreError(f"The file is damaged ({type(error).__name__}).") from error


@once()
def report_store() -> ReportStore:
    """Return the store of this process."""
    store = ReportStore()
    watch(REPORT_BYTES, lambda: store.size)
    return store
