"""Many small pictures side by side, each at a whole multiple of its size, with words above and below."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from sparsefool.data.pictures import Picture
from sparsefool.view.pictures import data_uri

SIDE = 140
"""Small pictures are enlarged, a whole number of times, as long as they stay within this many pixels."""


@dataclass(frozen=True)
class Tile:
    """Pictures that belong together, and what to write.

    Attributes:
        pictures: each with its alt text.
        above: one line.
        below: lines; those that begin with ``!`` are strong.
    """

    pictures: Sequence[tuple[Picture, str]]
    above: str = ""
    below: Sequence[str] = ()


def show_tiles(tiles: Iterable[Tile], side: int = SIDE) -> None:
    """Draw tiles from the left, in as many rows as it takes."""
    st.html(tiles_html(tiles, side))


def tiles_html(tiles: Iterable[Tile], side: int = SIDE) -> str:
    """Return tiles from the left, in as many rows as it takes."""
    drawn = "".join(_tile(tile, side) for tile in tiles)
    return f'<div style="display:flex;flex-wrap:wrap;gap:16px 14px;align-items:flex-start">{drawn}</div>'


def tile_width(picture: Picture, side: int = SIDE) -> int:
    """Return how wide a picture is drawn, in CSS pixels."""
    return picture.width * max(1, side // max(picture.height, picture.width))


def _tile(tile: Tile, side: int) -> str:
    images = "".join(
        f'<img src="{data_uri(picture)}" alt="{escape(alt, quote=True)}" '
        f'style="width:{tile_width(picture, side)}px;image-rendering:pixelated;border-radius:3px;'
        'display:block;max-width:none">'
        for picture, alt in tile.pictures
    )
    width = sum(tile_width(picture, side) for picture, _ in tile.pictures) + 4 * (len(tile.pictures) - 1)
    lines = "".join(_line(line) for line in tile.below)
    return (
        f'<figure style="margin:0;width:{width}px;font-size:.8rem;line-height:1.3">'
        f'<div style="font-weight:600;padding-bottom:3px">{escape(tile.above)}</div>'
        f'<div style="display:flex;gap:4px">{images}</div>'
        f'<figcaption style="padding-top:4px">{lines}</figcaption></figure>'
    )


def _line(line: str) -> str:
    strong = line.startswith("!")
    style = "font-weight:600" if strong else "opacity:.8"
    return f'<div style="{style};overflow-wrap:anywhere">{escape(line.removeprefix("!"))}</div>'
