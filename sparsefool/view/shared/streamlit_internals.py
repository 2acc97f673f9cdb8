"""The only module that uses Streamlit's private API; tests fail when Streamlit changes it."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, ThreadState
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

GRACE = 3.0
"""Seconds a browser may be disconnected before its page counts as closed: connections do drop."""

ABSENCE = 100.0
"""Seconds a browser may be disconnected before its session is ended by :func:`session_ender`.

After two minutes Streamlit lets it come back no more, but keeps all that the session has, its uploads too,
until the next visitor leaves.
"""

RETRY = 0.05
"""Seconds until :func:`fragment_rerunner` looks again whether a session's script has come to its end."""

MOST_REFUSED = 20
"""Refused uploads of a session of which the name is kept."""

PAGE_OPENED = "sparsefool_page_opened"
"""The query string by which :func:`announce_page` tells that a page has been opened."""

PAGE_LEFT = "sparsefool_page_left"
"""The query string by which :func:`switch_page` tells that the page will be left."""


def require_router() -> None:
    """Run app.py first when the first visitor to a fresh server opens another page directly.

    Until app.py has run once, Streamlit takes the folder of pages for an app without a router: the page would
    appear alone, without title and layout.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def current_page() -> str:
    """Return what identifies the open page; empty outside a server."""
    context = get_script_run_ctx()
    return context.page_script_hash if context is not None else ""


def came_by_history() -> bool:
    """Return whether this run shows what the browser's Back or Forward has brought back."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def restore_address() -> None:
    """After Back or Forward to another page, read the whole address; must be called before any widget.

    Streamlit (1.67) leaves out what widgets of the page that was left are bound to, though the widgets of
    the page that is restored have the same names.
    """
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        with context.session_state.query_params() as parameters:
            parameters.populate_from_query_string(context.query_string)
            parameters.set_initial_query_params_from_current()


def announce_page() -> None:
    """Tell the browser that a page has been opened and what its address is.

    What it hears before that, on the way to the page, still goes by the page that was left. A first message
    with nothing but :data:`PAGE_OPENED` marks the end of this; the browser never shows it.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    _send_mark(context, PAGE_OPENED)
    with context.session_state.query_params() as parameters:
        parameters._send_query_param_msg()


def _send_mark(context: ScriptRunContext, mark: str) -> None:
    """Send a query string that the browser never shows: what it says is for the component of the address."""
    message = ForwardMsg()
    message.page_info_changed.query_string = mark
    context.enqueue(message)


def write_address(texts: Mapping[str, str | None]) -> None:
    """Set query parameters that no widget is bound to, remove those whose text is None, and send the address.

    It is sent only if it changes.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as parameters:
        if _set_parameters(parameters, texts):
            parameters._send_query_param_msg()


def complete_address(texts: Mapping[str, str | None]) -> None:
    """Bring the address up to date with ``texts`` and with the widgets that are bound to it, and send it.

    Must be called after the widgets. While the user is quick, Streamlit's browser writes what was chosen and
    its server corrections, each as they last knew the whole; this has the last word.

    Args:
        texts: as in :func:`write_address`.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    state = context.session_state._state
    with context.session_state.query_params() as parameters:
        _set_parameters(parameters, texts)
        for binding in list(parameters._bindings_by_widget.values()):
            metadata = state.get_widget_metadata(binding.widget_id)
            if metadata is None or binding.widget_id not in state:
                continue
            name, value = binding.param_key, state[binding.widget_id]
            if value == metadata.deserializer(None):
                parameters.discard_param_no_forward_msg(name)
                continue
            text = metadata.serializer(value)
            if isinstance(text, float) and text.is_integer():
                text = int(text)
            if not parameters.stored_param_matches_corrected_value(name, text, metadata.value_type):
                parameters.set_corrected_value(name, text, metadata.value_type)
        parameters._send_query_param_msg()


def _set_parameters(parameters: QueryParams, texts: Mapping[str, str | None]) -> bool:
    """Set or remove query parameters, and return whether any of them changes."""
    before = {name: parameters.get_all(name) for name in texts}
    for name, text in texts.items():
        if text is None:
            parameters.discard_param_no_forward_msg(name)
        else:
            parameters.set_with_no_forward_msg(name, text)
    return any(parameters.get_all(name) != values for name, values in before.items())


def switch_page(page: str, address: Mapping[str, str]) -> NoReturn:
    """Switch to a page, with an address of its own.

    ``st.switch_page`` writes the new address while the old page is still open, so that Back would lead to the
    old page with the settings of the new one (here, the browser is told that what comes next is not the old
    page's); and it refuses to while a widget of the old page is bound to a
    query parameter of the new one (Streamlit 1.67).

    Args:
        page: its file, from the folder of the app.
        address: its query parameters.
    """
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("There is no page to leave outside a server.")
    with context.session_state.query_params() as parameters:
        for name in {*parameters, *address}:
            binding = parameters.get_binding_for_param(name)
            if binding is not None:
                parameters.unbind_widget(binding.widget_id)
    file = Path(context.main_script_path).resolve().parent / page
    (wanted,) = (
        each["page_script_hash"]
        for each in context.pages_manager.get_pages().values()
        if Path(each["script_path"]).resolve() == file
    )
    _send_mark(context, PAGE_LEFT)
    raise RerunException(
        RerunData(
            query_string=urlencode(address),
            page_script_hash=wanted,
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )


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


def session_id() -> str:
    """Return what identifies this session; empty where there is none."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def serves_sessions() -> bool:
    """Return whether this process is a server."""
    return runtime.exists()


def is_session_open(session: str) -> bool:
    """Return whether the browser of a session is connected; may be called from any thread of a server."""
    return runtime.exists() and bool(runtime.get_instance().is_active_session(session))


def session_alive() -> Callable[[], bool]:
    """Return a function, callable from any thread, that returns whether this session's page is still open."""
    return _seen_within(GRACE)


def session_ender() -> Callable[[], bool]:
    """Return a function, callable from any thread but the server's, that ends this session if it is over.

    It is once its browser has been gone for :data:`ABSENCE`; whether it is, the function returns. It has to
    be called every few seconds. What the session holds is then garbage, to be collected.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: False
    server, session, is_open = runtime.get_instance(), context.session_id, _seen_within(ABSENCE)
    loop = server._get_async_objs().eventloop

    def end() -> bool:
        if is_open():
            return False
        ended = threading.Event()

        def close() -> None:
            if not server.is_active_session(session):
                server.close_session(session)
            ended.set()

        loop.call_soon_threadsafe(close)
        ended.wait(GRACE)
        return not server.is_active_session(session)

    return end


def fragment_rerunner() -> Callable[[], None]:
    """Return a function, callable from any thread, that reruns the fragment that is being drawn.

    It runs as soon as the session's script has come to its end, as if the fragment's time (``run_every``) had
    come; not at all if the page no longer has it.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: None
    server, session, fragment = runtime.get_instance(), context.session_id, ThreadState.get().fragment_id
    loop, known = server._get_async_objs().eventloop, context.cached_message_hashes

    def rerun() -> None:
        info = server._session_mgr.get_active_session_info(session)
        if info is None:
            return
        if info.session._scriptrunner is not None:  # only at its end the session knows its address
            loop.call_later(RETRY, rerun)
            return
        state = ClientState()
        state.CopyFrom(info.session._client_state)
        state.ClearField("widget_states")
        state.fragment_id, state.is_auto_rerun = fragment or "", True
        state.cached_message_hashes[:] = known
        info.session.request_rerun(state)

    def tell() -> None:
        with suppress(RuntimeError):  # the server is ending
            loop.call_soon_threadsafe(rerun)

    return tell


def _seen_within(seconds: float) -> Callable[[], bool]:
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    last_seen = time.monotonic()

    def is_open() -> bool:
        nonlocal last_seen
        if server.is_active_session(session):
            last_seen = time.monotonic()
        return time.monotonic() - last_seen < seconds

    return is_open
