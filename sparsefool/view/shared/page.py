"""The frame of every page: where it is entered, its looks, lecture mode, and the way to another page."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sparsefool.runtime import prepare_runtime


def load_engine() -> None:
    """Import PyTorch, which takes seconds the first time, behind a spinner."""
    if "torch" not in sys.modules:
        prepare_runtime()
        with st.spinner("Starting PyTorch…"):
            import_module("torch")


def enter_through_app() -> None:
    """Let app.py run first when a fresh server's first visitor comes straight to a page other than the first.

    Streamlit then takes the folder of pages for an app without a router, until app.py has run once: the page
    would stand alone, without its title and layout. Call it first in every page.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


_READABLE = """<style>
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
[data-testid=stBaseButton-primary]:enabled,[data-tag],[data-tag] *{color:light-dark(#ffffff,#10151c)}
.stCode .token{color:inherit}
.stCode .token:is(.keyword,.builtin){color:light-dark(#00619a,#7cc0f0)}
.stCode .token:is(.string,.number,.boolean){color:light-dark(#007a57,#5fd0ac)}
[data-testid=stSidebar] [data-testid=stButtonGroup] button{padding-left:.65rem;padding-right:.65rem}
@media (max-width:1200px){[data-testid=stMainBlockContainer]{padding-left:1.5rem;padding-right:1.5rem}}
</style>"""


def apply_style() -> None:
    """Put the style on the page."""
    st.html(_READABLE)


LARGE = 21
"""Size of the text in CSS pixels; usually it is 16."""

ADVANCED = "advanced"
"""Key of the container that lecture mode hides; its controls keep their values."""

PROSE = "prose"
"""How the keys of those containers begin whose text the lecturer says."""

_LECTURE = (
    f"<style>html{{font-size:{LARGE}px}}.st-key-{ADVANCED},[class*=st-key-{PROSE}]{{display:none}}</style>"
)


def choose_lecture_mode() -> None:
    """Draw the switch of lecture mode in the sidebar, and obey it."""
    with st.sidebar:
        on = st.toggle(
            "Lecture mode",
            key="lecture",
            bind="query-params",
            help="Large type, advanced controls hidden; the link keeps it.",
        )
    if on:
        st.html(_LECTURE)


_KEY = "handover"


def go_to(page: str, widgets: Mapping[str, object]) -> NoReturn:
    """Leave for a page, such as ``"pages/attack.py"``, and give its widgets values by their keys."""
    st.session_state[_KEY] = dict(widgets)
    _release_address()
    st.switch_page(page)


def apply_pending_widgets() -> None:
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
