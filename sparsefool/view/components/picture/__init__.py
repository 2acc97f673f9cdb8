"""What lies over every picture of the page: marks of changed pixels, a crop to them, and a magnifier.

The pictures are drawn by :mod:`sparsefool.view.shared.pictures` and stay as they are. A single component,
drawn once for the page, finds them there and lays over them what the two switches below a figure ask for. The
switches are kept in the address, by the browser alone, so that no run of the page waits for them.
"""

import streamlit as st

from sparsefool.view.components.frontend import define, source
from sparsefool.view.shared.query_parameters import check_option, start_lookups

SWITCHES = ("marks", "zoom")
"""Query parameters that hold the switches, each ``on`` or ``off``."""

SWITCHES_HTML = """<div class="switches">
<label><input type="checkbox" name="marks"> Mark changed pixels</label>
<label><input type="checkbox" name="zoom"> Zoom to the changed pixels</label></div>
"""
SWITCHES_JS = source(__file__, "switches.js")
"""``bindPictureSwitches``, for the component that contains the switches."""

LAYER_CSS = source(__file__, "picture.css")
LAYER_JS = "".join(source(__file__, f"{name}.js") for name in ("pictures", "marks", "magnifier"))
"""Calling ``pictures()`` starts the layer."""

_LAYER = "picture_layer"
_COMPONENT = define(
    __file__,
    css=LAYER_CSS,
    js=f"{LAYER_JS}\nexport default function () {{ pictures().noteInAddress() }}\n",
    isolate_styles=False,
)


def draw_picture_layer() -> None:
    """Draw what lies over the pictures of the page; once a page, before them."""
    start_lookups()
    st.html(f"<style>.st-key-{_LAYER}{{display:none}}</style>")
    with st.container(key=_LAYER):
        _COMPONENT(key=f"{_LAYER}_component")
    for name in SWITCHES:
        check_option(name, ("on", "off"), "what suits each picture")


def report_layer() -> str:
    """Return the same as HTML for a downloaded report, with the two switches, which apply to all pictures."""
    start = "pictures();bindPictureSwitches(document,()=>document.body)"
    return (
        f"<style>{LAYER_CSS}.switches{{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:1rem 0}}</style>"
        f"{SWITCHES_HTML}<script>addEventListener('load',()=>{{{LAYER_JS}{SWITCHES_JS}{start}}})</script>"
    )
