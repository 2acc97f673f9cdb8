"""The first page of a fresh server: something to see while PyTorch is imported."""

import sys
from importlib import import_module

import streamlit as st


def load_engine() -> None:
    """Import PyTorch, which takes seconds the first time, behind a spinner."""
    if "torch" not in sys.modules:
        with st.spinner("Starting PyTorch…"):
            import_module("torch")
