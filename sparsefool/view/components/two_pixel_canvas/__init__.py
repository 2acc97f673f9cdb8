"""The picture of all images of two pixels: it fits its container and reports where it was clicked.

Text anywhere on the page with ``data-points="NAME"`` lights up the parts with ``data-mark="NAME"`` while the
mouse or the focus is on it.
"""

from sparsefool.view.components.frontend import define, new_message, source, wait_for_the_run
from sparsefool.view.components.picture_saving import SAVING_CSS, SAVING_HTML, SAVING_JS

CANVAS = "world_canvas"
"""Key of the picture."""

_CSS = """
.world { cursor: crosshair; line-height: 0; }
.world svg { width: 100%; height: auto; font-family: var(--st-font); }
.world .guide:not(.lit) { display: none; }
.world .pointing [data-mark]:not(.lit) { opacity: 0.22; }
.world + .saving { display: var(--world-saving, flex); }
.world .lit { filter: drop-shadow(0 0 3px var(--st-background-color)) drop-shadow(0 0 5px #e69f00); }
"""
_COMPONENT = define(
    __file__,
    html=f'<div class="world"></div>\n{SAVING_HTML}',
    css=_CSS + SAVING_CSS,
    js=SAVING_JS + source(__file__, "two_pixel_canvas.js"),
)


def draw_canvas(svg: str) -> None:
    """Draw the picture."""
    _COMPONENT(key=CANVAS, data={"svg": svg}, on_placed_change=wait_for_the_run)


def newly_clicked() -> tuple[int, int] | None:
    """Return the place, in levels, clicked since the last run; None if there is none or it is invalid."""
    match new_message(CANVAS, "placed"):
        case {"first": int(first), "second": int(second)}:
            return min(max(first, 0), 255), min(max(second, 0), 255)
    return None
