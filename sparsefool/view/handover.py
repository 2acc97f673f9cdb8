"""Going to another page with its widgets set: the address cannot do it, as its values belong to widgets."""

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEY = "handover"


def go_to(page: str, widgets: Mapping[str, object]) -> NoReturn:
    """Leave for a page, such as ``"pages/attack.py"``, and give its widgets values by their keys."""
    st.session_state[_KEY] = dict(widgets)
    _release_address()
    st.switch_page(page)


def take_over() -> None:
    """Set the widgets that :func:`go_to` named; call it before a page draws any."""
    st.session_state.update(st.session_state.pop(_KEY, {}))


def _release_address() -> None:
    """Part the address from the widgets of the page that is left.

    ``st.switch_page`` clears the address, and refuses to as long as a value there belongs to a widget
    (Streamlit 1.67), although the widgets go with their page.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as address:
        for name in list(address):
            binding = address.get_binding_for_param(name)
            if binding is not None:
                address.unbind_widget(binding.widget_id)
