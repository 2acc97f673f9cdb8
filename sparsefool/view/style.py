"""What the theme cannot say: captions dark enough to be read (WCAG AA), which Streamlit's are not."""

import streamlit as st

_STYLE = """<style>
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
@media (max-width:1200px){[data-testid=stMainBlockContainer]{padding-left:1.5rem;padding-right:1.5rem}}
</style>"""


def apply_style() -> None:
    """Put the style on the page."""
    st.html(_STYLE)
