"""What the theme cannot say: captions dark enough to be read (WCAG AA), which Streamlit's are not."""

import streamlit as st

_STYLE = """<style>
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
</style>"""


def apply_style() -> None:
    """Put the style on the page."""
    st.html(_STYLE)
