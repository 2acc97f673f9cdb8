"""Lecture mode: large type for the back row, and only the controls that a lecture needs; in the address."""

import streamlit as st

LARGE = 21
"""Size of the text in CSS pixels; usually it is 16."""

ADVANCED = "advanced"
"""Key of the container that lecture mode hides; its controls keep their values."""

PROSE = "prose"
"""How the keys of those containers begin whose text the lecturer says."""

_STYLE = (
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
        st.html(_STYLE)
