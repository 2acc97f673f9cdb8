"""What the two-pixel picture shows at one stage: points, lines and paths, in levels 0..255."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

from sparsefool.geometry.algorithm_steps import AlgorithmStep, StepKind
from sparsefool.geometry.attack_trace import AttackTrace, CoordinateUpdate, Round
from sparsefool.geometry.l1_trace import L1Trace

XY = tuple[float, float]

_ORDER = (StepKind.DEEPFOOL, StepKind.NORMAL, StepKind.PLANE, StepKind.COORDINATE, StepKind.TEST)


@dataclass(frozen=True)
class Line:
    """A line through ``point``, perpendicular to the unit vector ``normal``."""

    point: XY
    normal: XY


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    Attributes:
        start: x⁰.
        box: the δ box: left, bottom, right, top; None where there is none.
        earlier: the path of the iterates through the finished rounds.
        deepfool: x^(i) and the points that DeepFool has tested in this round.
        boundary_point: x_B, once it is found.
        tangent: the line through x_B with its normal.
        moved: the same line, moved by λ.
        path: x^(i) and where the coordinate moves have led in this round.
        unclipped: the current move as Eq. (4) gives it, where the box cuts it short.
        tested: the point at which the label is tested.
        result: the ends of the whole perturbation, at the end.
        iterate: x^(i), where it is not x⁰.
        moved_pixel: the pixel that the current move changes, 0 or 1.
        reached: where the changes so far lead, without DeepFool's steps.
        busy: every point that any stage of this attack shows.
    """

    start: XY
    box: tuple[float, float, float, float] | None = None
    earlier: tuple[XY, ...] = ()
    deepfool: tuple[XY, ...] = ()
    boundary_point: XY | None = None
    tangent: Line | None = None
    moved: Line | None = None
    path: tuple[XY, ...] = ()
    unclipped: tuple[XY, XY] | None = None
    tested: XY | None = None
    result: tuple[XY, XY] | None = None
    iterate: XY | None = None
    moved_pixel: int | None = None
    reached: XY = (0.0, 0.0)
    busy: tuple[XY, ...] = ()


def scene(trace: AttackTrace, stage: AlgorithmStep) -> Scene:
    """Return what to draw at a stage of SparseFool."""
    start, busy = _xy(trace.start.image), _busy(trace)
    box = (*_xy(trace.lower), *_xy(trace.upper))
    done = trace.rounds if stage.round is None else trace.rounds[: stage.round.number - 1]
    earlier = (start, *(xy for round_ in done for xy in _corners(round_, round_.updates)))
    if stage.kind is StepKind.START:
        return Scene(start, box, reached=start, busy=busy)
    if stage.round is None:
        end = _xy(trace.result.adversarial[0])
        return Scene(start, box, earlier, result=(start, end), reached=end, busy=busy)
    reached = _ORDER.index(stage.kind)
    round_ = stage.round
    steps = stage.index + 1 if stage.kind is StepKind.DEEPFOOL else len(round_.deepfool)
    updates = _updates(stage)
    normal = _direction(round_)
    plane = _xy(round_.plane_point)
    path = (_xy(round_.start), *_corners(round_, updates))
    tested = _xy(round_.tested.image) if stage.kind is StepKind.TEST else None
    return Scene(
        start=start,
        box=box,
        earlier=earlier,
        deepfool=(_xy(round_.start), *(_xy(point.image) for point in round_.deepfool[:steps])),
        boundary_point=_xy(round_.boundary_point.image) if steps == len(round_.deepfool) else None,
        tangent=Line(_xy(round_.boundary_point.image), normal) if reached >= 1 else None,
        moved=Line(plane, normal) if reached >= 2 else None,
        path=path,
        unclipped=_unclipped(round_, updates) if stage.kind is StepKind.COORDINATE else None,
        tested=tested,
        iterate=_xy(round_.start) if round_.number > 1 else None,
        moved_pixel=stage.update.coordinate if stage.update else None,
        reached=tested or path[-1],
        busy=busy,
    )


def l1_scene(trace: L1Trace, step: int) -> Scene:
    """Return what to draw after ``step`` steps of ℓ1-DeepFool; the last step is the clipping."""
    start, clipped = _xy(trace.start.image), _xy(trace.clipped.image)
    path = (start, *(_xy(point.image) for point in trace.steps[:step]))
    busy = (start, *(_xy(point.image) for point in trace.steps), clipped)
    if step <= len(trace.steps):
        return Scene(start, path=path, tested=path[-1] if step else None, reached=path[-1], busy=busy)
    moved = (path[-1], clipped)
    return Scene(start, path=path, unclipped=moved, tested=clipped, reached=clipped, busy=busy)


def _busy(trace: AttackTrace) -> tuple[XY, ...]:
    places = [_xy(trace.start.image), _xy(trace.result.adversarial[0])]
    for each in trace.rounds:
        places += [_xy(point.image) for point in (*each.deepfool, each.tested)]
        places += _corners(each, each.updates)
    return tuple(places)


def _updates(stage: AlgorithmStep) -> Sequence[CoordinateUpdate]:
    if stage.round is None or _ORDER.index(stage.kind) < _ORDER.index(StepKind.COORDINATE):
        return ()
    return stage.round.updates if stage.kind is StepKind.TEST else stage.round.updates[: stage.index + 1]


def _corners(round_: Round, updates: Iterable[CoordinateUpdate]) -> list[XY]:
    """Return the corners that the coordinate moves lead through."""
    at, corners = list(_xy(round_.start)), []
    for update in updates:
        at[update.coordinate] = 255 * update.after
        corners.append((at[0], at[1]))
    return corners


def _unclipped(round_: Round, updates: Sequence[CoordinateUpdate]) -> tuple[XY, XY] | None:
    if not updates or not updates[-1].saturated:
        return None
    stopped = list(_corners(round_, updates)[-1])
    unclipped = list(stopped)
    unclipped[updates[-1].coordinate] = 255 * updates[-1].unclipped
    return (stopped[0], stopped[1]), (unclipped[0], unclipped[1])


def _direction(round_: Round) -> XY:
    a, b = round_.direction.flatten().tolist()
    return a, b


def _xy(image: Tensor) -> XY:
    a, b = (255 * image.flatten()).tolist()
    return a, b
