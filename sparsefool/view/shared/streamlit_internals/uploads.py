"""The uploaded files that a server keeps, beyond what Streamlit documents."""

from collections.abc import Callable, Mapping
from functools import wraps

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

MOST_REFUSED = 20
"""Refused uploads of a session of which the name is kept."""


def forget_upload(file_id: str) -> None:
    """Forget a file that this session uploaded; one that is not known is no error.

    A browser deletes a file when another takes its place, but not when its widget has meanwhile gone from the
    page and come back: Streamlit would keep it as long as the session.
    """
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)


def kept_uploads() -> dict[str, dict[str, int]]:
    """Return the bytes of each uploaded file that the server keeps, by session."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        return _sizes(context.uploaded_file_mgr)
    return _sizes(runtime.get_instance().uploaded_file_mgr) if runtime.exists() else {}


def limit_uploads(refuse: Callable[[str, str, int, Mapping[str, Mapping[str, int]]], bool]) -> None:
    """Have ``refuse`` decide on each file from now on, before the server keeps it.

    One that is refused is kept without its content, so that the page runs and can say why; of a session, the
    last :data:`MOST_REFUSED`.

    Args:
        refuse: called with the session, the file's identity and its bytes, and with :func:`kept_uploads`.
    """
    keep = MemoryUploadedFileManager.add_file

    @wraps(keep)
    def add_file(uploads: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        if not refuse(session_id, file.file_id, len(file.data), _sizes(uploads)):
            keep(uploads, session_id, file)
            return
        keep(uploads, session_id, file._replace(data=b""))
        empty = [name for name, size in _sizes(uploads)[session_id].items() if size == 0]
        for name in empty[:-MOST_REFUSED]:
            uploads.remove_file(session_id, name)

    setattr(MemoryUploadedFileManager, "add_file", add_file)  # noqa: B010


def _sizes(uploads: object) -> dict[str, dict[str, int]]:
    if not isinstance(uploads, MemoryUploadedFileManager):
        return {}
    sessions = list(uploads.file_storage.items())
    return {name: {each.file_id: len(each.data) for each in list(files.values())} for name, files in sessions}
