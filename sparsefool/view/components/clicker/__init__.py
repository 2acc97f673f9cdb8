"""The keys of the app, and what a clicker needs: prepared views one after the other, and where one is.

The browser leads: it opens a view as it opens an entry of its history, so that no page is loaded again and
everything on it follows the address. What only the server can do, it is asked for.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from sparsefool.view.shared.prepared_views import PLACE, View

CLICKER = "clicker"
"""Key of what is drawn."""

ADD, VIEWS, KEYS, WORDS = "add", "views", "keys", "words"
"""What may be asked for: to add the view on the screen, the list, the page of keys, the glossary."""

_HEARD = "clicker_heard"


def _source(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_COMPONENT = st.components.v2.component(
    "sparsefool_clicker",
    html=_source("clicker.html"),
    css=_source("clicker.css"),
    js=_source("blink.js") + _source("clicker.js"),
)


def draw_clicker(page: str, views: Sequence[View], text: str, opened: tuple[int, int]) -> None:
    """Draw the buttons of the presentation, and listen to the keys.

    Args:
        page: the place of the open page in the address.
        views: to step through.
        text: what stands for them in the address.
        opened: a count and an index: with each new count, the view at the index is opened.
    """
    _COMPONENT(
        key=CLICKER,
        data={
            "page": page,
            "place": st.query_params.get(PLACE, ""),
            "views": [{"page": view.page, "query": view.query, "name": view.name} for view in views],
            "text": text,
            "opened": opened,
        },
        on_asked_change=_wait_for_the_run,
    )


def newly_asked() -> tuple[str, str]:
    """Return what has been asked for since the last run, and at which address; empty if nothing."""
    said: Any = (st.session_state.get(CLICKER) or {}).get("asked")
    match said:
        case {"run": str(run), "count": int(count), "what": str(what), "address": str(address)}:
            if (run, count) != st.session_state.get(_HEARD):
                st.session_state[_HEARD] = (run, count)
                return what, address
    return "", ""


def _wait_for_the_run() -> None:
    """Do nothing: the run that follows reads what was asked for."""
