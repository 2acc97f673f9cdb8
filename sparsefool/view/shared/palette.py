"""The colours of all charts and marks: Okabe and Ito's, which colour-blind people can tell apart too."""

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
OTHERS = (GREEN, PURPLE, ORANGE, SKY)

CLEAR = "rgba(0,0,0,0)"
"""Lets what is behind show through."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three values 0..255 of a colour written as ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def text_color() -> str:
    """Return a dark colour in the light theme, a light one in the dark theme."""
    return "#e6ebf2" if st.context.theme.type == "dark" else "#1b2430"
