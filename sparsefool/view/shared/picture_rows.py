"""Pictures side by side: tiles and figures with outlines, in as many rows as needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np
import streamlit as st
from jaxtyping import Bool

from sparsefool.data.pictures import Picture
from sparsefool.view.shared.charts import LECTURE_GROWTH
from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.palette import DARK
from sparsefool.view.shared.pictures import Change, data_uri, enlarge, framed, svg_uri

TILE_SIDE = 140
"""Small pictures are enlarged by the largest whole factor that keeps them within this many pixels."""


@dataclass(frozen=True)
class Contour:
    """The outline of a set of pixels, its colour, and whether it is dashed."""

    mask: Bool[np.ndarray, "h w"]
    colour: str
    dashed: bool = False


class Shown(NamedTuple):
    """A picture, its alternative text, what it shows the effect of (None for an original), and outlines."""

    picture: Picture
    alt: str
    change: Change | None = None
    contours: tuple[Contour, ...] = ()


@dataclass(frozen=True)
class Tile:
    """Pictures that belong together, with text above and below.

    Attributes:
        pictures: each with its alternative text, and the change that it shows.
        above: one line.
        below: lines; those that begin with ``!`` are in bold.
        stacked: whether the pictures lie below one another.
    """

    pictures: Sequence[Shown | tuple[Picture, str]]
    above: str = ""
    below: Sequence[str] = ()
    stacked: bool = False


def show_tiles(tiles: Iterable[Tile], side: int = TILE_SIDE) -> None:
    """Draw tiles from left to right, in as many rows as needed; larger in lecture mode."""
    st.html(tiles_html(tiles, round(side * LECTURE_GROWTH) if lecture_mode() else side))


def tiles_html(tiles: Iterable[Tile], side: int = TILE_SIDE) -> str:
    """Return tiles from left to right, in as many rows as needed."""
    drawn = "".join(_tile(tile, side) for tile in tiles)
    return f'<div style="display:flex;flex-wrap:wrap;gap:16px 10px;align-items:flex-start">{drawn}</div>'


def tile_width(picture: Picture, side: int = TILE_SIDE) -> int:
    """Return the width at which a picture is drawn, in CSS pixels."""
    return picture.width * max(1, side // max(picture.height, picture.width))


def _tile(tile: Tile, side: int) -> str:
    shown = [Shown(*each) for each in tile.pictures]
    images = "".join(
        framed(
            f'<img src="{data_uri(each.picture)}" alt="{escape(each.alt, quote=True)}" '
            'style="width:100%;image-rendering:pixelated;display:block;max-width:none">'
            + contours_html(each.contours, (each.picture.height, each.picture.width)),
            each.picture,
            f"width:{tile_width(each.picture, side)}px",
            each.change,
        )
        for each in shown
    )
    widths = [tile_width(each.picture, side) for each in shown]
    width = max(widths) if tile.stacked else sum(widths) + 4 * (len(shown) - 1)
    direction = "column" if tile.stacked else "row"
    lines = "".join(_line(line) for line in tile.below)
    return (
        f'<figure style="margin:0;width:{width}px;font-size:.8rem;line-height:1.3">'
        f'<div style="font-weight:600;padding-bottom:3px">{escape(tile.above)}</div>'
        f'<div style="display:flex;flex-direction:{direction};gap:4px">{images}</div>'
        f'<figcaption style="padding-top:4px">{lines}</figcaption></figure>'
    )


def _line(line: str) -> str:
    strong = line.startswith("!")
    style = "font-weight:600" if strong else "opacity:.8"
    return f'<div style="{style};overflow-wrap:anywhere">{escape(line.removeprefix("!"))}</div>'


FIGURE_SIDE = 224
"""Pictures in a row are enlarged by the largest whole factor that keeps their shorter side within this."""

NARROW_SIDE = 160
"""Likewise: so large are small pictures that four stand side by side on a narrow page."""

CHARACTER = 8
"""Width of a character of a title, in CSS pixels, about."""


@dataclass(frozen=True)
class Figure:
    """A picture with a title above it and lines of text below.

    Attributes:
        picture: shown pixel for pixel.
        alt: the alternative text.
        title: above the picture.
        lines: below it.
        contours: drawn over it.
        change: what the picture shows the effect of; None for an original.
    """

    picture: Picture
    alt: str
    title: str = ""
    lines: tuple[str, ...] = ()
    contours: tuple[Contour, ...] = ()
    change: Change | None = None


def row_side() -> int:
    """Return how large the pictures of a row of networks are: larger in lecture mode."""
    return FIGURE_SIDE if lecture_mode() else NARROW_SIDE


def row_html(figures: tuple[Figure, ...], side: int = FIGURE_SIDE) -> str:
    """Return figures side by side, in as many rows as the page is wide enough for.

    Args:
        figures: from left to right.
        side: pictures are enlarged by the largest whole factor that keeps their shorter side within this.
    """
    lines = max(_title_lines(figure, side) for figure in figures)
    cells = "".join(_figure(figure, side, lines) for figure in figures)
    style = "display:flex;flex-wrap:wrap;gap:18px;margin:0 -8px;padding:0 8px 6px"
    return f'<div style="{style}">{cells}</div>'


def _title_lines(figure: Figure, side: int) -> int:
    """Return how many lines a title needs, about."""
    return 1 + len(figure.title) * CHARACTER // enlarge(figure.picture, side).width


def _figure(figure: Figure, side: int, title_lines: int) -> str:
    picture = enlarge(figure.picture, side)
    image = (
        f'<img src="{data_uri(picture)}" alt="{escape(figure.alt, quote=True)}" width="{picture.width}" '
        'style="image-rendering:pixelated;display:block;max-width:none">'
    )
    lines = "".join(f"<div>{escape(line)}</div>" for line in figure.lines)
    title = (
        f"font-weight:600;line-height:1.4;padding-bottom:4px;min-height:calc({1.4 * title_lines:g}em + 4px);"
        "display:flex;align-items:flex-end"
    )
    contours = contours_html(figure.contours, (figure.picture.height, figure.picture.width))
    width = f"width:{picture.width}px"
    return (
        f'<figure style="margin:0;flex:0 0 {picture.width}px;width:{picture.width}px;font-size:.875rem">'
        f'<div style="{title}">{escape(figure.title)}</div>'
        f"{framed(image + contours, figure.picture, width, figure.change)}"
        f'<figcaption style="padding-top:4px">{lines}</figcaption></figure>'
    )


def contours_html(contours: Sequence[Contour], size: tuple[int, int]) -> str:
    """Return outlines as an image to lie over a picture of this height and width; empty without outlines."""
    if not contours:
        return ""
    height, width = size
    paths = "".join(_path(contour) for contour in contours)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-0.5 -0.5 {width} {height}" '
        f'preserveAspectRatio="none">{paths}</svg>'
    )
    return f'<img src="{svg_uri(svg)}" alt="" style="position:absolute;top:0;left:0;width:100%;height:100%">'


def _path(contour: Contour) -> str:
    x, y = outline(contour.mask)
    edges = "".join(f"M{x[i]:g} {y[i]:g}L{x[i + 1]:g} {y[i + 1]:g}" for i in range(0, len(x), 3))
    dash = ' stroke-dasharray="5 4"' if contour.dashed else ""
    lines = ((DARK, 3.5, ""), (contour.colour, 2, dash))
    return "".join(
        f'<path d="{edges}" stroke="{colour}" stroke-width="{width}" fill="none"{dashes} '
        'vector-effect="non-scaling-stroke"/>'
        for colour, width, dashes in lines
    )


Line = tuple[list[float | None], list[float | None]]


def outline(mask: Bool[np.ndarray, "h w"]) -> Line:
    """Return the x and the y of every edge between inside and outside; None separates the edges.

    Consecutive edges on a line are joined. Pixel centres have integer coordinates, so edges lie at halves.
    """
    padded = np.pad(mask, 1)
    x: list[float | None] = []
    y: list[float | None] = []
    for row, start, stop in _runs(padded[1:, 1:-1] != padded[:-1, 1:-1]):
        x += [start - 0.5, stop - 0.5, None]
        y += [row - 0.5, row - 0.5, None]
    for column, start, stop in _runs((padded[1:-1, 1:] != padded[1:-1, :-1]).T):
        x += [column - 0.5, column - 0.5, None]
        y += [start - 0.5, stop - 0.5, None]
    return x, y


def _runs(edges: Bool[np.ndarray, "m n"]) -> list[tuple[int, int, int]]:
    """Return row, start and stop of every run of true values within a row."""
    steps = np.diff(np.pad(edges, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = (steps == 1).nonzero()
    stops = (steps == -1).nonzero()[1]
    return [tuple(run) for run in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True)]
