"""The picture of all images of two pixels, as SVG in levels 0..255; text has the page's own colour."""

from collections.abc import Iterator
from html import escape

from sparsefool.geometry.two_pixels import CLASS_NAMES
from sparsefool.view.how_it_works.two_pixel_map import HIGH, LOW, ClassifierMap, classifier_map
from sparsefool.view.how_it_works.two_pixel_scene import XY, Line, Scene
from sparsefool.view.shared.palette import GREEN, GREY, ORANGE, PURPLE

LEFT, BOTTOM = 46, 38
"""Room for the axes."""

TICKS = (0, 100, 200, 255)
NORMAL_LENGTH = 42
"""Length of the drawn normal in levels."""

DEEPFOOL, PLANE, SOLVER = GREEN, PURPLE, ORANGE
"""DeepFool is green as in the paper's Figure 3."""

_SPAN = HIGH - LOW
_DASHES = {"solid": "", "dash": ' stroke-dasharray="8 6"', "dot": ' stroke-dasharray="2 4"'}
_HALO = (
    'paint-order="stroke" stroke="var(--st-background-color)" stroke-opacity=".75" stroke-width="3" '
    'stroke-linejoin="round"'
)


def two_pixel_svg(name: str, scene: Scene, alt: str) -> str:
    """Return the regions of a classifier, and a scene drawn over them.

    Args:
        name: of the classifier.
        scene: points and lines.
        alt: the alternative text.
    """
    regions = classifier_map(name)
    size = f'viewBox="0 0 {_SPAN + LEFT:g} {_SPAN + BOTTOM:g}"'
    return "".join(
        (
            f'<svg {size} role="img" aria-label="{escape(alt, quote=True)}" fill="none">',
            f'<clipPath id="seen"><rect x="{LEFT}" y="0" width="{_SPAN:g}" height="{_SPAN:g}"/></clipPath>',
            '<g clip-path="url(#seen)">',
            _regions(regions),
            *_frames(scene),
            *_class_names(regions),
            _path(scene.earlier, SOLVER, "dot", 1.8),
            _path(scene.deepfool, DEEPFOOL, "solid", 2.6, dots=True),
            _line(scene.tangent, "solid"),
            _line(scene.moved, "dash"),
            _path(scene.unclipped or (), SOLVER, "dot", 1.8),
            _cross(scene.unclipped[1]) if scene.unclipped else "",
            _path(scene.path, SOLVER, "solid", 3.4, dots=True),
            _path(scene.result or (), "currentColor", "solid", 1.8),
            *_normal(scene.tangent),
            *_marks(scene),
            "</g>",
            *_axes(),
            "</svg>",
        )
    )


def _at(place: XY) -> XY:
    """Return where a place is in the picture."""
    return LEFT + place[0] - LOW, HIGH - place[1]


def _points(*places: XY) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_at, places))


def _regions(regions: ClassifierMap) -> str:
    picture = f'<image href="{regions.picture}" x="{LEFT}" y="0" width="{_SPAN:g}" height="{_SPAN:g}"/>'
    return (
        f'{picture}<path transform="translate({LEFT - LOW:g} {HIGH:g}) scale(1 -1)" d="{regions.boundary}" '
        'stroke="currentColor" stroke-width="1.7"/>'
    )


def _path(places: tuple[XY, ...], colour: str, dash: str, width: float, *, dots: bool = False) -> str:
    if not places:
        return ""
    ends = "".join(_circle(place, 2.8, f'fill="{colour}"') for place in places) if dots else ""
    line = f'points="{_points(*places)}" stroke="{colour}" stroke-width="{width:g}"{_DASHES[dash]}'
    return f"<polyline {line}/>{ends}"


def _circle(place: XY, radius: float, look: str) -> str:
    x, y = _at(place)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {look}/>'


def _cross(place: XY) -> str:
    x, y = _at(place)
    return f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{SOLVER}" stroke-width="1.8"/>'


def _line(line: Line | None, dash: str) -> str:
    """Return a line right across the picture."""
    if line is None:
        return ""
    (x, y), (a, b), far = line.point, line.normal, 2 * _SPAN
    return _path(((x - far * b, y + far * a), (x + far * b, y - far * a)), PLANE, dash, 2.6)


def _normal(line: Line | None) -> Iterator[str]:
    """Yield the normal as an arrow with its name."""
    if line is None:
        return
    (x, y), (a, b) = line.point, line.normal
    tip = (x + NORMAL_LENGTH * a, y + NORMAL_LENGTH * b)
    neck = (x + (NORMAL_LENGTH - 9) * a, y + (NORMAL_LENGTH - 9) * b)
    wings = [(neck[0] - side * 5 * b, neck[1] + side * 5 * a) for side in (1, -1)]
    yield _path(((x, y), neck), PLANE, "solid", 2.6)
    yield f'<polygon points="{_points(tip, *wings)}" fill="{PLANE}"/>'
    yield _text((tip[0] + 10 * a, tip[1] + 10 * b - 4), "w", PLANE, 13.5, "middle")


def _marks(scene: Scene) -> Iterator[str]:
    """Yield the points that have a name."""
    if scene.boundary_point:
        yield _diamond(scene.boundary_point)
    yield _circle(scene.start, 5.5, _look("#ffffff"))
    if len(scene.earlier) > 1 and scene.deepfool:
        yield _circle(scene.deepfool[0], 5.5, _look(SOLVER))
        yield _name(scene.deepfool[0], f"x{_shifted('(i)', -5)}")
    if scene.boundary_point:
        yield _name(scene.boundary_point, f"x{_shifted('B', 4)}")
    yield _name(scene.start, "x")
    for place, name in ((scene.tested, "test"), (scene.result and scene.result[1], "x + r")):
        if place:
            yield _star(place)
            yield _name(place, name)


def _look(colour: str) -> str:
    return f'fill="{colour}" stroke="currentColor" stroke-width="1.3"'


def _diamond(place: XY) -> str:
    x, y = _at(place)
    return f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" {_look(DEEPFOOL)}/>'


def _star(place: XY) -> str:
    x, y = _at(place)
    return (
        f'<path d="M{x:.1f} {y - 8.5:.1f}l2 5.7 6 .2-4.7 3.7 1.7 5.8-5-3.4-5 3.4 1.7-5.8-4.7-3.7 6-.2z" '
        f"{_look(SOLVER)}/>"
    )


def _shifted(text: str, by: float) -> str:
    return f'<tspan dy="{by:g}" font-size="70%">{text}</tspan>'


def _name(place: XY, name: str) -> str:
    """Return a name beside a point, on the side that has room."""
    right, top = place[0] <= HIGH - 60, place[1] <= HIGH - 30
    beside = (place[0] + (8 if right else -8), place[1] + (8 if top else -18))
    return _text(beside, name, "currentColor", 13.5, "start" if right else "end")


def _text(place: XY, text: str, colour: str, size: float, anchor: str) -> str:
    x, y = _at(place)
    look = f'fill="{colour}" font-size="{size:g}" font-weight="700" text-anchor="{anchor}" {_HALO}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{text}</text>'


def _frames(scene: Scene) -> Iterator[str]:
    yield _rectangle((0, 0, 255, 255), f'class="square" stroke="{GREY}" stroke-width="1.3"')
    if scene.box is not None:
        yield _rectangle(scene.box, f'class="box" stroke="{SOLVER}" stroke-width="1.8"{_DASHES["dash"]}')


def _rectangle(corners: tuple[float, float, float, float], look: str) -> str:
    left, bottom, right, top = corners
    x, y = _at((left, top))
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{right - left:.1f}" height="{top - bottom:.1f}" {look}/>'


def _class_names(regions: ClassifierMap) -> Iterator[str]:
    for place, name in zip(regions.names, CLASS_NAMES, strict=True):
        yield _text(place, name, "currentColor", 19, "middle")


def _axes() -> Iterator[str]:
    look = 'fill="currentColor" fill-opacity=".8" font-size="12"'
    middle = LEFT + 127.5 - LOW
    for tick in TICKS:
        x, y = _at((tick, tick))
        yield f'<text x="{x:.1f}" y="{_SPAN + 15:g}" text-anchor="middle" {look}>{tick}</text>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" {look}>{tick}</text>'
    yield f'<text x="{middle:g}" y="{_SPAN + 32:g}" text-anchor="middle" {look}>Pixel 1 (level)</text>'
    centre = HIGH - 127.5
    turn = f'transform="rotate(-90 11 {centre:g})"'
    yield f'<text x="11" y="{centre:g}" {turn} text-anchor="middle" {look}>Pixel 2 (level)</text>'
