"""The only module that uses Streamlit's private API; tests fail when Streamlit changes it."""

import time
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

GRACE = 3.0
"""Seconds a browser may be disconnected before its page counts as closed: connections do drop."""


def require_router() -> None:
    """Run app.py first when the first visitor to a fresh server opens another page directly.

    Until app.py has run once, Streamlit takes the folder of pages for an app without a router: the page would
    appear alone, without title and layout.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def unbind_query_parameters() -> None:
    """Unbind the query parameters from the widgets of the page that is left.

    ``st.switch_page`` clears the address, but refuses to while a value there belongs to a widget (Streamlit
    1.67), even though the widgets disappear with their page.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as parameters:
        for name in list(parameters):
            binding = parameters.get_binding_for_param(name)
            if binding is not None:
                parameters.unbind_widget(binding.widget_id)


def session_alive() -> Callable[[], bool]:
    """Return a function, callable from any thread, that returns whether this session's page is still open."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    last_seen = time.monotonic()

    def is_open() -> bool:
        nonlocal last_seen
        if server.is_active_session(session):
            last_seen = time.monotonic()
        return time.monotonic() - last_seen < GRACE

    return is_open
