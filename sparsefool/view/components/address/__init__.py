"""The button that copies the page's link; it also keeps the browser's history to one entry for each visit."""

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from sparsefool.view.shared.streamlit_internals import PAGE_OPENED

_FOLDER = Path(__file__).parent


def show_copy_link() -> None:
    """Draw the button that copies the address, which holds all that is set on the page.

    From then on, whatever changes the address of a page replaces its entry in the browser's history: Back
    leads to the page before, as it was left.
    """
    _copy_link()(key="copy_link", data={"page_opened": PAGE_OPENED}, width="content")


@cache
def _copy_link() -> Any:
    html, css, js = (
        (_FOLDER / f"address.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    )
    return st.components.v2.component("sparsefool_copy_link", html=html, css=css, js=js)
