"""Drawn parts as outlines: a colour for each, and the legend."""

from collections.abc import Iterable, Mapping
from html import escape

import numpy as np
from jaxtyping import Bool

from sparsefool.view.shared.palette import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from sparsefool.view.shared.picture_rows import Contour
from sparsefool.view.shared.pictures import svg_uri

COLOURS = (ORANGE, PURPLE, GREEN, VERMILLION, BLUE)
"""Of the first parts of a picture; those that follow have the same again, dashed."""


def contours_of(
    masks: Mapping[str, Bool[np.ndarray, "h w"]], names: Iterable[str] = ()
) -> tuple[Contour, ...]:
    """Return the outlines of parts.

    Args:
        masks: the pixels of each part, by its name.
        names: all parts that have a colour, in its order; by default those of ``masks``.
    """
    order = list(names or masks)
    return tuple(Contour(mask, *line_of(order.index(name))) for name, mask in masks.items() if mask.any())


def line_of(place: int) -> tuple[str, bool]:
    """Return the colour of the part at a place, and whether its line is dashed."""
    return COLOURS[place % len(COLOURS)], place // len(COLOURS) % 2 == 1


def parts_legend(names: Iterable[str]) -> str:
    """Return a legend of parts, in the order of their colours."""
    items = "".join(
        f'<span style="white-space:nowrap">{line_html(place)} {escape(name)}</span>'
        for place, name in enumerate(names)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.875rem">{items}</div>'


def line_html(place: int) -> str:
    """Return the line by which the part at a place is outlined."""
    colour, dashed = line_of(place)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 6"><path d="M0 3h18" stroke="#10151c" '
        f'stroke-width="6"/><path d="M0 3h18" stroke="{colour}" stroke-width="4"{dash}/></svg>'
    )
    return f'<img src="{svg_uri(svg)}" alt="" style="width:1.125rem;height:.375rem;vertical-align:middle">'
