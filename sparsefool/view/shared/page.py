"""The frame of every page: how it is entered, its looks, lecture mode, and the way to another page."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import NoReturn

import streamlit as st

from sparsefool.errors import SparseFoolError
from sparsefool.paths import ASSETS
from sparsefool.runtime import prepare_runtime
from sparsefool.view.shared.query_parameters import start_lookups, unusable_values
from sparsefool.view.shared.streamlit_internals import require_router, unbind_query_parameters

TITLE = "SparseFool Explorer"
ICON = str(ASSETS / "icon.png")

LARGE = 21
"""Size of the text in lecture mode, in CSS pixels; usually it is 16."""

ADVANCED = "advanced"
"""Key of the container that lecture mode hides; its controls keep their values."""

PROSE = "prose"
"""How the keys of those containers begin whose text the lecturer says."""

_PENDING = "pending_widgets"

_STYLE = """<style>
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
[data-testid=stBaseButton-primary]:enabled,[data-tag],[data-tag] *{color:light-dark(#ffffff,#10151c)}
.stCode .token{color:inherit}
.stCode .token:is(.keyword,.builtin){color:light-dark(#00619a,#7cc0f0)}
.stCode .token:is(.string,.number,.boolean){color:light-dark(#007a57,#5fd0ac)}
[data-testid=stSidebar] [data-testid=stButtonGroup] button{padding-left:.65rem;padding-right:.65rem}
.st-key-status{min-height:3rem;justify-content:center}
@media (max-width:1200px){[data-testid=stMainBlockContainer]{padding-left:1.5rem;padding-right:1.5rem}}
</style>"""
"""What the theme cannot say.

Text that can be read (WCAG AA): Streamlit's captions and the colours of its code are too pale, and in dark
mode it writes white on a primary colour that is light there. Three data sets in one row of the sidebar, and a
line for the status that does not jump.
"""

_LECTURE = (
    f"<style>html{{font-size:{LARGE}px}}.st-key-{ADVANCED},[class*=st-key-{PROSE}]{{display:none}}</style>"
)


def prepare_app() -> None:
    """Make the process and the session ready for a page: call it in app.py, before the page is run.

    PyTorch, whose import takes seconds the first time, is imported behind a spinner.
    """
    if "torch" not in sys.modules:
        prepare_runtime()
        with st.spinner("Starting PyTorch…"):
            import_module("torch")
    st.html(_STYLE)
    _choose_lecture_mode()
    st.session_state.update(st.session_state.pop(_PENDING, {}))


@contextmanager
def page_frame(heading: str = "") -> Iterator[None]:
    """Draw a page within its frame: heading, notices about the address, errors in plain words.

    Args:
        heading: at the top of the page; none where the page draws its own.
    """
    require_router()
    start_lookups()
    if heading:
        st.header(heading, anchor=False)
    notices = st.container()
    with st.sidebar:
        st.title(TITLE, anchor=False)
    try:
        yield
    except SparseFoolError as error:
        st.error(str(error), title="This cannot be shown")
    with notices:
        for notice in unusable_values():
            st.warning(notice)


def show_tabs(key: str, tabs: Mapping[str, Callable[[], object]]) -> None:
    """Draw tabs, of which only the open one is computed.

    Args:
        key: the name in the address under which it keeps the open tab.
        tabs: what draws each, by its title; the first is open at first.
    """
    for tab, draw in zip(st.tabs(list(tabs), key=key, bind="query-params"), tabs.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def go_to(page: str, widgets: Mapping[str, object]) -> NoReturn:
    """Leave for a page, such as ``"pages/attack.py"``, and give its widgets values by their keys.

    The address cannot carry them, as its values belong to the widgets of the page that is left.
    """
    st.session_state[_PENDING] = dict(widgets)
    unbind_query_parameters()
    st.switch_page(page)


def _choose_lecture_mode() -> None:
    """Draw the switch of lecture mode, which the address keeps: large type and no advanced controls."""
    with st.sidebar:
        on = st.toggle(
            "Lecture mode",
            key="lecture",
            bind="query-params",
            help="Large type, advanced controls hidden; the link keeps it.",
        )
    if on:
        st.html(_LECTURE)
