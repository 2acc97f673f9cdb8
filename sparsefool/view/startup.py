"""The first page of a fresh server: PyTorch is imported behind a spinner."""

import sys
from importlib import import_module

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from sparsefool.host import prepare_host


def load_engine() -> None:
    """Import PyTorch, which takes seconds the first time, behind a spinner."""
    if "torch" not in sys.modules:
        prepare_host()
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
