"""The picture of all images of two pixels, as SVG in levels 0..255; text has the page's own colour."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from sparsefool.geometry.two_pixels import CLASS_NAMES
from sparsefool.view.how_it_works import svg_shapes as shapes
from sparsefool.view.how_it_works.label_placement import Box, Label, Segment, place_labels
from sparsefool.view.how_it_works.svg_shapes import BOTTOM, LEFT, SPAN, XY, at, group, path
from sparsefool.view.how_it_works.two_pixel_map import HIGH, LOW, ClassifierMap, classifier_map
from sparsefool.view.how_it_works.two_pixel_scene import Line, Scene
from sparsefool.view.shared.palette import GREEN, GREY, ORANGE, PURPLE

TICKS = (0, 100, 200, 255)
NORMAL_LENGTH = 42
"""Length of the drawn normal in levels."""

DEEPFOOL, PLANE, SOLVER = GREEN, PURPLE, ORANGE
"""DeepFool is green as in the paper's Figure 3."""

CHARACTER = 0.62
"""Width of a bold character on average, in parts of the size of the text."""

_FRAME = Box(LEFT + 2, 2, LEFT + SPAN - 2, SPAN - 2)


def two_pixel_svg(name: str, scene: Scene, alt: str, size: float = 1.0) -> str:
    """Return the regions of a classifier, and a scene drawn over them.

    Args:
        name: of the classifier.
        scene: points and lines.
        alt: the alternative text.
        size: of the text; 1 is for reading on a screen.
    """
    regions = classifier_map(name)
    box = f'viewBox="0 0 {SPAN + LEFT:g} {SPAN + BOTTOM:g}"'
    return "".join(
        (
            f'<svg {box} role="img" aria-label="{escape(alt, quote=True)}" fill="none">',
            f'<clipPath id="seen"><rect x="{LEFT}" y="0" width="{SPAN:g}" height="{SPAN:g}"/></clipPath>',
            '<g clip-path="url(#seen)">',
            _regions(regions),
            *_frames(scene),
            group("earlier r", path(scene.earlier, SOLVER, "dot", 1.8)),
            group("deepfool", path(scene.deepfool, DEEPFOOL, "solid", 2.6, dots=True)),
            group("tangent w", path(_across(scene.tangent), PLANE, "solid", 2.6)),
            group("moved", path(_across(scene.moved), PLANE, "dash", 2.6)),
            group("beyond", path(scene.unclipped or (), SOLVER, "dot", 1.8), _wanted(scene)),
            group("path", path(scene.path, SOLVER, "solid", 3.4, dots=True)),
            group("r", path(scene.result or (), "currentColor", "solid", 1.8)),
            group("w", *_normal(scene.tangent)),
            *_marks(scene),
            *_labels(regions, scene, size),
            *_guides(scene, 13.5 * size),
            "</g>",
            *_axes(size),
            "</svg>",
        )
    )


def _regions(regions: ClassifierMap) -> str:
    picture = f'<image href="{regions.picture}" x="{LEFT}" y="0" width="{SPAN:g}" height="{SPAN:g}"/>'
    return (
        f'{picture}<path transform="translate({LEFT - LOW:g} {HIGH:g}) scale(1 -1)" d="{regions.boundary}" '
        'stroke="currentColor" stroke-width="1.7"/>'
    )


def _frames(scene: Scene) -> Iterator[str]:
    yield shapes.rectangle((0, 0, 255, 255), f'class="square" stroke="{GREY}" stroke-width="1.3"')
    if scene.box is not None:
        look = f'class="box" stroke="{SOLVER}" stroke-width="1.8"'
        yield group("box", shapes.rectangle(scene.box, look, "dash"))


def _across(line: Line | None) -> tuple[XY, ...]:
    """Return the ends of a line right across the picture."""
    if line is None:
        return ()
    (x, y), (a, b), far = line.point, line.normal, 2 * SPAN
    return (x - far * b, y + far * a), (x + far * b, y - far * a)


def _wanted(scene: Scene) -> str:
    return shapes.cross(scene.unclipped[1], SOLVER) if scene.unclipped else ""


def _tip(line: Line) -> XY:
    (x, y), (a, b) = line.point, line.normal
    return x + NORMAL_LENGTH * a, y + NORMAL_LENGTH * b


def _normal(line: Line | None) -> Iterator[str]:
    """Yield the normal as an arrow."""
    if line is None:
        return
    (x, y), (a, b), tip = line.point, line.normal, _tip(line)
    neck = (x + (NORMAL_LENGTH - 9) * a, y + (NORMAL_LENGTH - 9) * b)
    wings = [(neck[0] - side * 5 * b, neck[1] + side * 5 * a) for side in (1, -1)]
    yield path(((x, y), neck), PLANE, "solid", 2.6)
    yield f'<polygon points="{shapes.points(tip, *wings)}" fill="{PLANE}"/>'


def _marks(scene: Scene) -> Iterator[str]:
    """Yield the points that have a name."""
    if scene.boundary_point:
        yield group("xb at", shapes.diamond(scene.boundary_point, DEEPFOOL))
    yield group("x", shapes.circle(scene.start, 5.5, shapes.outlined("#ffffff")))
    if scene.iterate:
        yield group("xi", shapes.circle(scene.iterate, 5.5, shapes.outlined(SOLVER)))
    end = scene.tested or (scene.result and scene.result[1])
    if end:
        yield group("test at r", shapes.star(end, SOLVER))
    elif scene.deepfool[1:] and not scene.boundary_point:
        yield group("at", shapes.circle(scene.deepfool[-1], 4.5, shapes.outlined(DEEPFOOL)))


def _named(scene: Scene) -> Iterator[tuple[str, XY, float, str, str, int]]:
    """Yield the mark, the place, the reach, the name, the colour and the number of characters of labels."""
    ink = "currentColor"
    yield "x", scene.start, 6.5, "x", ink, 1
    if scene.boundary_point:
        yield "xb at", scene.boundary_point, 7.5, f"x{_shifted('B', 4)}", ink, 2
    if scene.iterate:
        yield "xi", scene.iterate, 6.5, f"x{_shifted('(i)', -5)}", ink, 4
    if scene.tested:
        yield "test at", scene.tested, 9, "test", ink, 4
    if scene.result:
        yield "r at", scene.result[1], 9, "x + r", ink, 5
    if scene.tangent:
        yield "w", _tip(scene.tangent), 2, "w", PLANE, 1


def _labels(regions: ClassifierMap, scene: Scene, size: float) -> Iterator[str]:
    """Yield the names of the classes, then those of the points."""
    named, height = list(_named(scene)), 13.5 * size
    classes = [
        _first_free(places, scene.busy, 1.4 * height) for places in (regions.names[0], regions.names[1])
    ]
    for (x, y), name in zip(map(at, classes), CLASS_NAMES, strict=True):
        yield shapes.text((x, y + 0.5 * height), name, "currentColor", 1.4 * height, "middle")
    taken = [Box.around(at(place), 1.2 * height, 1.4 * height) for place in classes]
    others = (scene.start, scene.boundary_point, scene.iterate, scene.tested, *scene.deepfool, *scene.path)
    taken += [Box.around(at(place), 9, 9) for place in others if place]
    named = [each for each in named if Box.around(at(each[1]), 0, 0).is_within(_FRAME)]
    labels = [
        Label(at(place), reach, max(CHARACTER * height * letters, 8), 1.15 * height)
        for _, place, reach, _, _, letters in named
    ]
    boxes = place_labels(labels, _FRAME, taken, list(_segments(scene)))
    for (mark, _, _, name, colour, _), box in zip(named, boxes, strict=True):
        baseline = ((box.left + box.right) / 2, box.bottom - 0.26 * height)
        yield group(mark, shapes.text(baseline, name, colour, height, "middle"))


def _first_free(places: tuple[XY, ...], busy: tuple[XY, ...], reach: float) -> XY:
    """Return the first place that no point of the attack comes near; the first one if there is none."""
    free = (
        place for place in places if all(max(abs(place[0] - x), abs(place[1] - y)) > reach for x, y in busy)
    )
    return next(free, places[0])


def _segments(scene: Scene) -> Iterator[Segment]:
    lines = (scene.earlier, scene.deepfool, scene.path, scene.unclipped or (), scene.result or ())
    for line in (*lines, _across(scene.tangent), _across(scene.moved)):
        yield from pairwise(map(at, line))
    if scene.tangent:
        yield at(scene.tangent.point), at(_tip(scene.tangent))


def _guides(scene: Scene, size: float) -> Iterator[str]:
    """Yield what is shown only while the text points at it."""
    for axis in (0, 1):
        yield shapes.guide(f"x{axis + 1}", scene.start, axis, size)
        if scene.tested:
            yield shapes.guide(f"test{axis + 1}", scene.tested, axis, size)
    if scene.moved_pixel is not None:
        yield shapes.guide("level", scene.path[-1], scene.moved_pixel, size)
        if scene.unclipped:
            yield shapes.guide("wanted", scene.unclipped[1], scene.moved_pixel, size)
    if scene.reached != scene.start:
        legs = (scene.start, (scene.reached[0], scene.start[1]), scene.reached)
        yield f'<g class="guide" data-mark="change">{path(legs, "currentColor", "solid", 4)}</g>'


def _shifted(text: str, by: float) -> str:
    return f'<tspan dy="{by:g}" font-size="70%">{text}</tspan>'


def _axes(size: float) -> Iterator[str]:
    look = f'fill="currentColor" fill-opacity=".8" font-size="{12 * min(size, 1.2):g}"'
    middle, centre = LEFT + 127.5 - LOW, HIGH - 127.5
    for tick in TICKS:
        x, y = at((tick, tick))
        yield f'<text x="{x:.1f}" y="{SPAN + 15:g}" text-anchor="middle" {look}>{tick}</text>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" {look}>{tick}</text>'
    yield f'<text x="{middle:g}" y="{SPAN + 32:g}" text-anchor="middle" {look}>Pixel 1 (level)</text>'
    turn = f'transform="rotate(-90 12 {centre:g})"'
    yield f'<text x="12" y="{centre:g}" {turn} text-anchor="middle" {look}>Pixel 2 (level)</text>'
