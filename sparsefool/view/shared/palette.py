"""The colours of all charts and marks: Okabe and Ito's palette, which colour-blind people can tell apart."""

import streamlit as st

BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
YELLOW = "#F0E442"
GREY = "#8a8f98"

BEFORE = BLUE
AFTER = VERMILLION
MARK = YELLOW
DARK = "#10151c"
OTHERS = (GREEN, PURPLE, ORANGE, SKY)

CLEAR = "rgba(0,0,0,0)"
"""Transparent."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three values 0..255 of a colour written as ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


ON_LIGHT, ON_DARK = "#1b2430", "#e6ebf2"
"""The colour of text in the light theme and in the dark one."""


def text_color() -> str:
    """Return the colour of text: dark in the light theme, light in the dark theme."""
    return ON_DARK if st.context.theme.type == "dark" else ON_LIGHT


def _drawn_in(kind: str) -> str:
    """Return the CSS selector of what a chart fills or strokes with a colour of text."""
    found = ",".join(f'[style*="{kind}: rgb{rgb(colour)}"]' for colour in (ON_LIGHT, ON_DARK))
    return f".js-plotly-plot .main-svg :is({found})"


FOLLOW_THEME = "".join(
    f"{_drawn_in(kind)}{{{kind}:light-dark({ON_LIGHT},{ON_DARK})!important}}" for kind in ("fill", "stroke")
)
"""CSS for charts: what they draw in the colour of text follows a change of the theme, which runs no page."""
