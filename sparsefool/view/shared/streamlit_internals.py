"""The only module that uses Streamlit's private API; tests fail when Streamlit changes it."""

import threading
import time
from collections.abc import Callable, Iterable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

GRACE = 3.0
"""Seconds a browser may be disconnected before its page counts as closed: connections do drop."""

ABSENCE = 100.0
"""Seconds a browser may be disconnected before its session is ended by :func:`session_ender`.

After two minutes Streamlit lets it come back no more, but keeps all that the session has, its uploads too,
until the next visitor leaves.
"""


def require_router() -> None:
    """Run app.py first when the first visitor to a fresh server opens another page directly.

    Until app.py has run once, Streamlit takes the folder of pages for an app without a router: the page would
    appear alone, without title and layout.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def unbind_query_parameters(names: Iterable[str] = ()) -> None:
    """Unbind the query parameters from the widgets of the page that is left.

    ``st.switch_page`` replaces the address, but refuses to while a value in the old or the new one belongs to
    a widget (Streamlit 1.67), even though the widgets disappear with their page.

    Args:
        names: of the new address; all that are in the old one are unbound too.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as parameters:
        for name in {*parameters, *names}:
            binding = parameters.get_binding_for_param(name)
            if binding is not None:
                parameters.unbind_widget(binding.widget_id)


def forget_upload(file_id: str) -> None:
    """Forget a file that this session uploaded; one that is not known is no error.

    A browser deletes a file when another takes its place, but not when its widget has meanwhile gone from the
    page and come back: Streamlit would keep it as long as the session.
    """
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)


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
