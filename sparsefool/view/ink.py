"""The colour that charts draw text and boundaries in."""

import streamlit as st


def ink() -> str:
    """Return a dark colour in the light theme, a light one in the dark theme."""
    return "#e6ebf2" if st.context.theme.type == "dark" else "#1b2430"
