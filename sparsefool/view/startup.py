"""The first page of a fresh server: PyTorch is told to share the machine, and imported behind a spinner."""

import os
import sys
from importlib import import_module

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def load_engine() -> None:
    """Import PyTorch, which takes seconds the first time, behind a spinner.

    Its threads are asked to sleep, not to spin, while they wait for each other: beside a browser or a
    training run on the same machine, spinning has made an attack 30 times slower.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
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
