"""The keys of the app, and what a clicker needs: prepared views one after the other, and where one is.

The browser leads: it opens a view as it opens an entry of its history, so that no page is loaded again and
everything on it follows the address. What only the server can do, it is asked for.
"""

from collections.abc import Sequence

import streamlit as st

from sparsefool.view.components.frontend import define, new_message, source, wait_for_the_run
from sparsefool.view.shared.prepared_views import PLACE, View

CLICKER = "clicker"
"""Key of what is drawn."""

ADD, VIEWS, KEYS, WORDS = "add", "views", "keys", "words"
"""What may be asked for: to add the view on the screen, the list, the page of keys, the glossary."""

_COMPONENT = define(__file__, js=source(__file__, "blink.js") + source(__file__, "clicker.js"))


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
        on_asked_change=wait_for_the_run,
    )


def newly_asked() -> tuple[str, str]:
    """Return what has been asked for since the last run, and at which address; empty if nothing."""
    match new_message(CLICKER, "asked"):
        case {"what": str(what), "address": str(address)}:
            return what, address
    return "", ""
