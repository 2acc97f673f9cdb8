"""The frame of every page: setup, style, lecture mode, tabs, and the way to another page."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Literal, NoReturn

import streamlit as st

from sparsefool.errors import SparseFoolError
from sparsefool.paths import ASSETS
from sparsefool.runtime import prepare_runtime
from sparsefool.view.components.address import show_copy_link
from sparsefool.view.shared.palette import FOLLOW_THEME
from sparsefool.view.shared.query_parameters import (
    check_option,
    end_lookups,
    start_lookups,
    unusable_values,
)
from sparsefool.view.shared.serving.admission import require_place
from sparsefool.view.shared.serving.turns import out_of_turn
from sparsefool.view.shared.serving.uploads import check_uploads
from sparsefool.view.shared.streamlit_internals.address import (
    announce_page,
    came_by_history,
    require_router,
    restore_address,
    switch_page,
)

TITLE = "SparseFool Explorer"
ICON = str(ASSETS / "icon.png")

SIDEBAR_WIDTH = 330
"""In CSS pixels; narrow windows have a narrower one."""

LECTURE_FONT_SIZE = 21
"""Size of the text in lecture mode, in CSS pixels; otherwise it is 16."""

ADVANCED = "advanced"
"""Key of the container that lecture mode hides; its controls keep their values."""

PROSE = "prose"
"""Prefix of the keys of containers whose text lecture mode hides: the lecturer says it."""

_LECTURE = "lecture"
_NAME = "app_name"
_RENEWED, _PAGE = "renewed_widgets", "open_page"
_KEPT = ("data", "model", "source", "picture")
"""Keys of the controls whose values go with the user from page to page."""

_STYLE = """<style>
[data-testid=stLayoutWrapper]:has(>.st-key-app_name){position:absolute;top:1.1rem;left:4.4rem;width:auto}
.st-key-app_name h1{padding:0;font-size:1.05rem;line-height:1.6;white-space:nowrap}
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
[data-testid=stBaseButton-primary]:enabled,[data-tag],[data-tag] *{color:light-dark(#ffffff,#10151c)}
[data-tag]{height:auto;max-width:calc(100% - 1rem)}
[data-tag] span{max-width:none;white-space:normal;overflow-wrap:anywhere}
.stCode .token{color:inherit}
.stCode .token:is(.keyword,.builtin){color:light-dark(#00619a,#7cc0f0)}
.stCode .token:is(.string,.number,.boolean){color:light-dark(#007a57,#5fd0ac)}
[data-testid=stSidebar] [data-testid=stButtonGroup] button{padding-left:.65rem;padding-right:.65rem}
.st-key-status{min-height:3rem;justify-content:center}
[data-testid=stMainBlockContainer]{padding-left:2rem;padding-right:2rem}
@media (max-width:1200px){[data-testid=stMainBlockContainer]{padding-left:1rem;padding-right:1rem}
[data-testid=stSidebar][data-collapsed=false]{max-width:280px}
[data-testid=stSidebarUserContent]{padding-left:0;padding-right:0}}
</style>"""
"""What the theme cannot set.

Readable text (WCAG AA): Streamlit's captions and code colours are too pale, and in dark mode it writes white
on a primary colour that is light there. Chosen values that are shown whole, with room for the cursor beside
them. The name of the app beside its icon, so that pictures to choose from are in the first screen. Room for
three data sets in one row of the sidebar, and a status line that does not make the page jump.
"""

_LECTURE_STYLE = (
    f"<style>html{{font-size:{LECTURE_FONT_SIZE}px}}"
    f".st-key-{_NAME} h1{{width:6rem;margin-top:-.25rem;font-size:.9rem;line-height:1.25;white-space:normal}}"
    "[data-testid=stMainBlockContainer]{padding-top:3.2rem}"
    f".st-key-{ADVANCED},[class*=st-key-{PROSE}]{{display:none}}</style>"
)


def prepare_app(page: str) -> None:
    """Prepare the process and the session for a page; app.py calls this before it runs the page.

    PyTorch takes seconds to import the first time, so that happens behind a spinner.

    Args:
        page: its place in the address.
    """
    check_uploads()
    require_place()
    if "torch" not in sys.modules:
        prepare_runtime()
        with st.spinner("Starting PyTorch…"), out_of_turn():
            import_module("torch")
    state = st.session_state
    restore_address()
    if state.get(_PAGE, page) != page or came_by_history():
        announce_page()
    st.html(f"{_STYLE}<style>{FOLLOW_THEME}</style>")
    with st.sidebar:
        with st.container(key=_NAME):
            st.title(TITLE, anchor=False)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _choose_lecture_mode()
            show_copy_link()
    for key in state.pop(_RENEWED, ()):
        state.pop(key, None)
    if state.get(_PAGE, page) != page:
        for key in _KEPT:
            if key in state:
                state[key] = state[key]  # on a new page, Streamlit drops what came with an address
    state[_PAGE] = page


@contextmanager
def page_frame(heading: str = "") -> Iterator[None]:
    """Draw the frame of a page: heading, notices about query parameters, errors in plain words.

    Args:
        heading: at the top of the page; empty if the page draws its own.
    """
    require_router()
    start_lookups()
    if heading:
        st.header(heading, anchor=False)
    notices = st.container()
    try:
        yield
    except SparseFoolError as error:
        st.error(str(error), title="This cannot be shown")
    with notices:
        for notice in unusable_values():
            st.warning(notice)
    end_lookups()


def show_tabs(key: str, tabs: Mapping[str, Callable[[], object]]) -> None:
    """Draw tabs, of which only the open one is computed.

    Args:
        key: of the widget, and the query parameter that holds the open tab.
        tabs: the function that draws each tab, by title; the first tab is open at first.
    """
    check_option(key, tabs, next(iter(tabs)))
    for tab, draw in zip(st.tabs(list(tabs), key=key, bind="query-params"), tabs.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def go_to(page: str, address: Mapping[str, str], controls: Iterable[str]) -> NoReturn:
    """Switch to a page, such as ``"pages/attack.py"``, as it opens for a new visitor with this address.

    The address is all that the page goes by, so that a reload shows the same. (Values that are set in the
    session instead reach the address only for widgets that the session has had before.)

    Args:
        page: its file.
        address: its query parameters; Streamlit removes those that are a widget's default.
        controls: keys of its widgets that keep no value from earlier pages.
    """
    st.session_state[_RENEWED] = tuple(controls)
    parameters = {**address, _LECTURE: "true"} if st.session_state.get(_LECTURE) else address
    switch_page(page, parameters)


def sidebar_state() -> int | Literal["collapsed"]:
    """Return the width of the sidebar in CSS pixels; in lecture mode it makes room for the pictures."""
    return "collapsed" if lecture_mode() else SIDEBAR_WIDTH


def lecture_mode() -> bool:
    """Return whether the page is shown to a class: large type, large pictures, few controls."""
    return bool(st.session_state.get(_LECTURE, st.query_params.get(_LECTURE) == "true"))


def _choose_lecture_mode() -> None:
    """Draw the switch for lecture mode, kept in the address: large type and no advanced controls."""
    on = st.toggle(
        "Lecture mode",
        key=_LECTURE,
        bind="query-params",
        help="Large type, advanced controls hidden. The link keeps this setting.",
    )
    if on:
        st.html(_LECTURE_STYLE)
