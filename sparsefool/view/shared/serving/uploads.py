"""What a session uploads: checked against the limits before the server keeps it."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping

from streamlit.typing import UploadedFile

from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.backend.serving.figures import UPLOAD_BYTES, UPLOADS, watch
from sparsefool.backend.serving.limits import limits
from sparsefool.errors import LimitError
from sparsefool.formats import counted
from sparsefool.once import once
from sparsefool.view.shared.serving.admission import has_place, when_ended
from sparsefool.view.shared.streamlit_internals.sessions import session_id
from sparsefool.view.shared.streamlit_internals.uploads import kept_uploads, limit_uploads

MINUTE = 60.0
_REASONS_KEPT = 1000


class Uploads:
    """Decides which files the server keeps; a refused one reaches the page empty, and is refused there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: RecentlyUsed[str, str] = RecentlyUsed(_REASONS_KEPT)
        self._times: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._in_use: dict[str, tuple[str, int]] = {}

    def refuse(self, session: str, file: str, size: int, kept: Mapping[str, Mapping[str, int]]) -> bool:
        """Return whether a new file of a session is refused.

        Args:
            session, file: their identities.
            size: of the file, in bytes.
            kept: the bytes of each file of each session that the server keeps.
        """
        with self._lock:
            reason = self._reason(session, file, size, kept)
        UPLOADS.labels("refused" if reason else "kept").inc()
        if reason:
            self._reasons.put(file, reason)
        return bool(reason)

    def reason(self, file: str) -> str:
        """Return why a file was refused; empty if it was not."""
        return self._reasons.get(file) or ""

    def held(self, session: str, kept: Mapping[str, int], besides: str = "") -> int:
        """Return the bytes of a session's uploads and of its own network.

        Args:
            session: its identity.
            kept: the bytes of each of its files that the server keeps.
            besides: a file that does not count.
        """
        network = self._in_use.get(session)
        files = {**kept, **({network[0]: network[1]} if network else {})}
        return sum(size for file, size in files.items() if file != besides)

    def use(self, session: str, file: str, size: int) -> None:
        """Count a file as held for as long as its session lasts, or until another takes its place."""
        with self._lock:
            self._in_use[session] = file, size

    def forget(self, session: str) -> None:
        """Forget a session that has ended."""
        with self._lock:
            self._times.pop(session, None)
            self._in_use.pop(session, None)

    def clear(self) -> None:
        """Forget all that has been uploaded."""
        with self._lock:
            self._times.clear()
            self._in_use.clear()
            self._reasons.clear()

    def _reason(self, session: str, file: str, size: int, kept: Mapping[str, Mapping[str, int]]) -> str:
        if not has_place(session):
            return "The server is full: nothing can be uploaded until this page has a place."
        return self._too_many(session, file) or self._too_large(session, file, size, kept)

    def _too_many(self, session: str, file: str) -> str:
        now, most = time.monotonic(), limits().uploads_per_minute
        for each in list(self._times):
            times = {name: at for name, at in self._times[each].items() if now - at < MINUTE}
            self._times[each] = times
            if not times:
                del self._times[each]
        times = self._times[session]
        if file in times:
            return ""
        if len(times) >= most:
            wait = MINUTE - (now - min(times.values()))
            return (
                f"This server takes {counted(most, 'file')} a minute from a page. Choose "
                f"the file again in {max(wait, 1):.0f} s."
            )
        times[file] = now
        return ""

    def _too_large(self, session: str, file: str, size: int, kept: Mapping[str, Mapping[str, int]]) -> str:
        most = limits().bytes_per_session
        held = self.held(session, kept.get(session, {}), file)
        if held + size > most:
            before = f", and earlier uploads take {_megabytes(held)}" if held else ""
            instead = ", or reload the page, which forgets the earlier ones" if held else ""
            return (
                f"The file has {_megabytes(size)}. This server keeps at most {_megabytes(most)} for a "
                f"page{before}. Choose a smaller file{instead}."
            )
        if sum(map(sum, (each.values() for each in kept.values()))) + size > most * limits().sessions:
            return (
                "The uploads of all pages take all the room that this server gives them. Try again in a few "
                "minutes."
            )
        return ""


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


_uploads = Uploads()


@once()
def check_uploads() -> None:
    """Have all uploads checked from now on."""
    limit_uploads(_uploads.refuse)
    when_ended(_uploads.forget)
    watch(UPLOAD_BYTES, lambda: sum(map(sum, (each.values() for each in kept_uploads().values()))))


def uploaded_bytes(file: object) -> bytes:
    """Return what an uploaded file holds.

    Raises:
        LimitError: the server has refused it.
    """
    if not isinstance(file, UploadedFile):  # Streamlit's own word for one that it keeps no more
        raise LimitError("The file is not there any more. Choose it again.")
    if reason := _uploads.reason(file.file_id):
        raise LimitError(f"{file.name} was not taken. {reason}")
    return file.getvalue()


def count_as_held(file: UploadedFile) -> None:
    """Count a file as held by this session, even when the browser has deleted it."""
    _uploads.use(session_id(), file.file_id, file.size)


def room_left() -> int:
    """Return the bytes that this session may keep besides its uploads and its own network; at least 0."""
    session = session_id()
    return max(0, limits().bytes_per_session - _uploads.held(session, kept_uploads().get(session, {})))
