"""Pictures on the page, pixel for pixel: the one way in which any picture reaches the browser.

``st.image`` may encode as JPEG and resample, and either would show pixels that the network never saw. Here a
picture is enlarged by a whole factor, encoded as PNG and embedded in the page. The browser shows it at a
whole multiple of its own size, without smoothing.
"""

import base64
import io
from html import escape

import numpy as np
import streamlit as st
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.data.pictures import Picture
from sparsefool.view.shared.palette import MARK, rgb

SHORTEST_SIDE = 384
"""Pictures are enlarged by the largest whole factor that keeps their shorter side within this."""

_encoded: RecentlyUsed[str, str] = RecentlyUsed(128)

DIMMED = 0.4
"""Brightness of the picture under the marks of changed pixels, as a share of its own."""


def enlarge(picture: Picture, side: int = SHORTEST_SIDE) -> Picture:
    """Return a picture enlarged by the largest whole factor that keeps its shorter side within ``side``."""
    times = max(1, side // min(picture.height, picture.width))
    return Picture(picture.pixels.repeat(times, axis=0).repeat(times, axis=1), picture.name)


def data_uri(picture: Picture) -> str:
    """Return a picture as the data URI of a PNG."""
    known = _encoded.get(picture.sha256)
    if known is None:
        known = png_uri(picture.png())
        _encoded.put(picture.sha256, known)
    return known


def png_uri(png: bytes) -> str:
    """Return an encoded PNG as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def rgba_uri(colours: UInt8[np.ndarray, "h w 4"]) -> str:
    """Return colours with opacity as the data URI of a PNG; the page's background shows through."""
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "PNG")
    return png_uri(file.getvalue())


def svg_uri(svg: str) -> str:
    """Return an SVG as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def picture_html(picture: Picture, alt: str) -> str:
    """Return the ``<img>`` of a picture.

    Args:
        picture: what to show.
        alt: the alternative text.
    """
    width = f"width:100%;width:max({picture.width}px,round(down,100%,{picture.width}px))"
    style = f"{width};image-rendering:pixelated;border-radius:4px;display:block"
    return f'<img src="{data_uri(enlarge(picture))}" alt="{escape(alt, quote=True)}" style="{style}">'


def show_picture(picture: Picture, alt: str) -> None:
    """Draw a picture."""
    st.html(picture_html(picture, alt))


def to_picture(image: Float[np.ndarray, "c h w"], name: str) -> Picture:
    """Return an image in [0, 1] rounded to 8 bits, for display."""
    return Picture((image * 255).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0), name)


def changed_mask(before: Picture, after: Picture) -> Bool[np.ndarray, "h w"]:
    """Return where two pictures of the same size differ in any channel."""
    return np.asarray((before.pixels != after.pixels).any(axis=2))


def mark_changes(before: Picture, after: Picture) -> Picture:
    """Return the original, grey and dark, with every changed pixel in one bright colour."""
    grey = before.pixels.mean(axis=2, keepdims=True)
    dark: UInt8[np.ndarray, "h w 1"] = (grey * DIMMED).round().astype(np.uint8)
    marked = dark.repeat(3, axis=2)
    marked[changed_mask(before, after)] = rgb(MARK)
    return Picture(marked, f"changed pixels of {before.name}")
