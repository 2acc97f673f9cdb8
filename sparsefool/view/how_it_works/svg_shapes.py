"""The shapes of the two-pixel picture as SVG; places are in levels 0..255, sizes in units of the picture."""

from sparsefool.view.how_it_works.two_pixel_map import HIGH, LOW

XY = tuple[float, float]

LEFT, BOTTOM = 46, 38
"""Room for the axes."""

SPAN = HIGH - LOW
"""Width and height of the part without axes."""

_DASHES = {"solid": "", "dash": ' stroke-dasharray="8 6"', "dot": ' stroke-dasharray="2 4"'}
_HALO = (
    'paint-order="stroke" stroke="var(--st-background-color)" stroke-opacity=".75" stroke-width="3" '
    'stroke-linejoin="round"'
)


def at(place: XY) -> XY:
    """Return where a place is in the picture."""
    return LEFT + place[0] - LOW, HIGH - place[1]


def points(*places: XY) -> str:
    """Return places as the attribute of a polyline or polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, places))


def group(mark: str, *shapes: str) -> str:
    """Return shapes as one group that the text beside the picture can point at by name; empty for none.

    Args:
        mark: one or more names, with spaces between them.
        shapes: of the group.
    """
    inside = "".join(shapes)
    return f'<g data-mark="{mark}">{inside}</g>' if inside else ""


def path(places: tuple[XY, ...], colour: str, dash: str, width: float, *, dots: bool = False) -> str:
    """Return a line through places, with a dot on each if wanted; empty without places."""
    if not places:
        return ""
    ends = "".join(circle(place, 2.8, f'fill="{colour}"') for place in places) if dots else ""
    line = f'points="{points(*places)}" stroke="{colour}" stroke-width="{width:g}"{_DASHES[dash]}'
    return f"<polyline {line}/>{ends}"


def circle(place: XY, radius: float, look: str) -> str:
    """Return a circle."""
    x, y = at(place)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {look}/>'


def cross(place: XY, colour: str) -> str:
    """Return a cross."""
    x, y = at(place)
    return f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="1.8"/>'


def diamond(place: XY, colour: str) -> str:
    """Return a diamond with an outline."""
    x, y = at(place)
    return f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" {outlined(colour)}/>'


def star(place: XY, colour: str) -> str:
    """Return a star with an outline."""
    x, y = at(place)
    return (
        f'<path d="M{x:.1f} {y - 8.5:.1f}l2 5.7 6 .2-4.7 3.7 1.7 5.8-5-3.4-5 3.4 1.7-5.8-4.7-3.7 6-.2z" '
        f"{outlined(colour)}/>"
    )


def outlined(colour: str) -> str:
    """Return the attributes of a mark that is seen on every ground."""
    return f'fill="{colour}" stroke="currentColor" stroke-width="1.3"'


def rectangle(corners: tuple[float, float, float, float], look: str, dash: str = "solid") -> str:
    """Return a rectangle, given by its left, bottom, right and top."""
    left, bottom, right, top = corners
    x, y = at((left, top))
    size = f'width="{right - left:.1f}" height="{top - bottom:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} {look}{_DASHES[dash]}/>'


def text(place: XY, content: str, colour: str, size: float, anchor: str) -> str:
    """Return bold text with a halo; ``place`` is that of its baseline, in units of the picture."""
    x, y = place
    look = f'fill="{colour}" font-size="{size:g}" font-weight="700" text-anchor="{anchor}" {_HALO}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{content}</text>'


def guide(mark: str, place: XY, axis: int, size: float) -> str:
    """Return a line from a place to an axis, and the level there, shown while the text points at it.

    Args:
        mark: its name.
        place: where it begins.
        axis: 0 for pixel 1, 1 for pixel 2.
        size: of the number.
    """
    x, y = at(place)
    end = (x, SPAN) if axis == 0 else (LEFT, y)
    beside = (min(x + 5, LEFT + SPAN - 30), SPAN - 6) if axis == 0 else (LEFT + 5, max(y - 6, size))
    line = f'<path d="M{x:.1f} {y:.1f}L{end[0]:.1f} {end[1]:.1f}" stroke="currentColor" stroke-width="2.2"/>'
    number = text(beside, f"{place[axis]:.0f}", "currentColor", size * 1.15, "start")
    dot = circle(place, 4, 'fill="currentColor"')
    return f'<g class="guide" data-mark="{mark}">{line}{dot}{number}</g>'
