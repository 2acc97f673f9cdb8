"""The open page and its address, beyond what Streamlit documents."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.query_params import QueryParams

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
