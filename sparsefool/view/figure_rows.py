"""A row of pictures with captions that can be scrolled sideways, and lines drawn over a picture."""

from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Bool

from sparsefool.data.pictures import Picture
from sparsefool.view.outlines import outline
from sparsefool.view.pictures import data_uri, enlarge, svg_uri

SIDE = 224
"""Pixels on the screen that a picture in a row is high, where a whole multiple of its size allows."""


@dataclass(frozen=True)
class Contour:
    """The outline of a set of pixels, its colour, and whether it is dashed."""

    mask: Bool[np.ndarray, "h w"]
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class Figure:
    """A picture with a title above and lines of text below.

    Attributes:
        picture: what to show, pixel for pixel.
        alt: what there is to see, for those who cannot.
        title: above the picture.
        lines: below it.
        contours: drawn over it.
    """

    picture: Picture
    alt: str
    title: str = ""
    lines: tuple[str, ...] = ()
    contours: tuple[Contour, ...] = ()


def row_html(figures: tuple[Figure, ...]) -> str:
    """Return the figures side by side; where the page is too narrow they scroll."""
    cells = "".join(_figure(figure) for figure in figures)
    return f'<div tabindex="0" style="display:flex;gap:18px;overflow-x:auto;padding-bottom:6px">{cells}</div>'


def _figure(figure: Figure) -> str:
    picture = enlarge(figure.picture, SIDE)
    image = (
        f'<img src="{data_uri(picture)}" alt="{escape(figure.alt, quote=True)}" width="{picture.width}" '
        'style="image-rendering:pixelated;border-radius:4px;display:block;max-width:none">'
    )
    lines = "".join(f"<div>{escape(line)}</div>" for line in figure.lines)
    return (
        f'<figure style="margin:0;flex:0 0 {picture.width}px;width:{picture.width}px;font-size:.875rem">'
        f'<div style="font-weight:600;padding-bottom:4px;min-height:1.6em">{escape(figure.title)}</div>'
        f'<div style="position:relative">{image}{_contours(figure)}</div>'
        f'<figcaption style="padding-top:4px">{lines}</figcaption></figure>'
    )


def _contours(figure: Figure) -> str:
    if not figure.contours:
        return ""
    height, width = figure.picture.height, figure.picture.width
    paths = "".join(_path(contour) for contour in figure.contours)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-0.5 -0.5 {width} {height}" '
        f'preserveAspectRatio="none">{paths}</svg>'
    )
    return f'<img src="{svg_uri(svg)}" alt="" style="position:absolute;top:0;left:0;width:100%;height:100%">'


def _path(contour: Contour) -> str:
    x, y = outline(contour.mask)
    edges = "".join(f"M{x[i]:g} {y[i]:g}L{x[i + 1]:g} {y[i + 1]:g}" for i in range(0, len(x), 3))
    dash = ' stroke-dasharray="5 4"' if contour.dashed else ""
    return (
        f'<path d="{edges}" stroke="{contour.colour}" stroke-width="2" fill="none"{dash} '
        'vector-effect="non-scaling-stroke"/>'
    )
