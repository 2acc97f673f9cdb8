"""What the commands that write into one folder are at, so that none measures what another one measures."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from filelock import FileLock, Timeout

from sparsefool.atomic_files import replacing


class Claims:
    """The claims of this command, from entering the ``with`` block to leaving it, and those of others.

    Each command locks a file of its own. The system frees it when the command ends, however it ends; so the
    claims of one that was killed count no more. Where the folder cannot be written, there are no claims.

    Args:
        folder: of the claims; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._name = folder, uuid4().hex
        self._lock = FileLock(self._path(self._name, "lock"), thread_local=False)
        self._choosing = FileLock(folder / "choosing", thread_local=False)

    def __enter__(self) -> "Claims":
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._path(self._name, "json").unlink(missing_ok=True)
            self._lock.release()
            self._path(self._name, "lock").unlink(missing_ok=True)

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Let no other command choose, from looking what others claim until one's own choice is claimed."""
        with suppress(OSError):
            self._choosing.acquire()
        try:
            yield
        finally:
            self._choosing.release()

    def claim(self, names: Collection[str]) -> None:
        """Claim these names, and no others any more."""
        with suppress(OSError), replacing(self._path(self._name, "json")) as unfinished:
            unfinished.write_text(json.dumps(sorted(names)))

    def others(self) -> frozenset[str]:
        """Return the names that other commands claim."""
        claimed: set[str] = set()
        for path in self._folder.glob("*.json"):
            if path.stem == self._name:
                continue
            with suppress(FileNotFoundError):
                if self._is_alive(path.stem):
                    claimed.update(json.loads(path.read_text()))
                else:
                    path.unlink()
        return frozenset(claimed)

    def _is_alive(self, name: str) -> bool:
        """Return whether the command that made a claim still runs; if not, remove the file that it locked."""
        lock = FileLock(self._path(name, "lock"), blocking=False)
        try:
            with lock:
                self._path(name, "lock").unlink(missing_ok=True)
        except Timeout:
            return True
        return False

    def _path(self, name: str, ending: str) -> Path:
        return self._folder / f"{name}.{ending}"
