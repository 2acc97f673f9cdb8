"""What the theme cannot say: text that can be read (WCAG AA), and three data sets in a row of the sidebar.

Streamlit's captions and the colours of its code are too pale; and in dark mode it writes white on a primary
colour that is light there, because it writes in that colour on dark ground too.
"""

import streamlit as st

_STYLE = """<style>
[data-testid=stCaptionContainer]{color:inherit;opacity:.8}
[data-testid=stCaptionContainer] p{color:inherit}
[data-testid=stBaseButton-primary]:enabled,[data-tag],[data-tag] *{color:light-dark(#ffffff,#10151c)}
.stCode .token{color:inherit}
.stCode .token:is(.keyword,.builtin){color:light-dark(#00619a,#7cc0f0)}
.stCode .token:is(.string,.number,.boolean){color:light-dark(#007a57,#5fd0ac)}
[data-testid=stSidebar] [data-testid=stButtonGroup] button{padding-left:.65rem;padding-right:.65rem}
@media (max-width:1200px){[data-testid=stMainBlockContainer]{padding-left:1.5rem;padding-right:1.5rem}}
</style>"""


def apply_style() -> None:
    """Put the style on the page."""
    st.html(_STYLE)
