"""What a stage of the two-pixel example means: plain words with the engine's numbers, and formulas."""

from dataclasses import dataclass

from sparsefool.formats import counted, decimal
from sparsefool.geometry.algorithm_steps import AlgorithmStep, StepKind
from sparsefool.geometry.attack_trace import AttackTrace, CoordinateUpdate, Round
from sparsefool.geometry.two_pixels import CLASS_NAMES


@dataclass(frozen=True)
class StageText:
    """A title, a few sentences (HTML), and formulas (LaTeX) with the paper's numbers."""

    title: str
    text: str
    formulas: tuple[str, ...]


def pointing(text: object, mark: str) -> str:
    """Return text that shows where it is in the picture while the mouse or the focus is on it.

    Args:
        text: HTML.
        mark: the name that the part of the picture has.
    """
    return f'<span class="points" tabindex="0" data-points="{mark}">{text}</span>'


FORMULAS = {
    StepKind.START: (
        r"\min_{\mathbf r}\ \|\mathbf r\|_1 \quad\text{s.t.}\quad \hat k(\mathbf x + \mathbf r) \ne "
        r"\hat k(\mathbf x),\quad \mathbf l \preccurlyeq \mathbf x + \mathbf r \preccurlyeq \mathbf u "
        r"\tag{2}",
    ),
    StepKind.DEEPFOOL: (
        r"\mathbf r_\mathrm{adv} = \mathrm{DeepFool}(\mathbf x^{(i)}),\qquad "
        r"\mathbf x_B^{(i)} = \mathbf x^{(i)} + \mathbf r_\mathrm{adv}",
        r"\text{each step: } \frac{|f_k - f_{\hat k}|}{\|\mathbf w_k\|_2^2}\,\mathbf w_k,\qquad "
        r"\mathbf w_k = \nabla f_k - \nabla f_{\hat k}",
    ),
    StepKind.NORMAL: (
        r"\mathbf w := \nabla f_{k(\mathbf x_B)}(\mathbf x_B) - \nabla f_{k(\mathbf x)}(\mathbf x_B) \tag{6}",
        r"\mathcal B = \{\mathbf x : \mathbf w^T(\mathbf x - \mathbf x_B) = 0\}",
    ),
    StepKind.PLANE: (
        r"\min_{\mathbf r}\ \|\mathbf r\|_1 \ \text{ s.t. }\ \mathbf w^T(\mathbf x + \mathbf r) - \mathbf w^T"
        r"\mathbf x_B = 0,\ \mathbf l \preccurlyeq \mathbf x + \mathbf r \preccurlyeq \mathbf u \tag{3}",
        r"\mathbf x_B^{(i)} \text{ replaced by } \mathbf x^{(i)} + \lambda(\mathbf x_B^{(i)} - "
        r"\mathbf x^{(i)}),\ \lambda \ge 1",
    ),
    StepKind.COORDINATE: (
        r"r_d \leftarrow \frac{|\mathbf w^T(\mathbf x^{(i)} - \mathbf x_B)|}{|w_d|}\cdot "
        r"\mathrm{sign}(w_d) \tag{4}",
        r"d \leftarrow \arg\max_{j \notin S} |w_j| \tag{5}",
        r"\mathbf x^{(i+1)} \leftarrow Q(\mathbf x^{(i)} + \mathbf r)",
    ),
    StepKind.TEST: (
        r"\hat k(\mathbf x^{(i)}) = \hat k(\mathbf x^{(0)})\,?",
        r"\text{evaluated at } Q\big(\mathbf x^{(0)} + 1.02\,(\mathbf x^{(i)} - \mathbf x^{(0)})\big)",
    ),
    StepKind.END: (r"\mathbf r = \mathbf x^{(i)} - \mathbf x^{(0)}",),
}


X, W = "<b>x</b>", "<b>w</b>"
XB = pointing("<b>x</b><sub>B</sub>", "xb")


def stage_text(stage: AlgorithmStep, trace: AttackTrace, lambda_: float, delta: float) -> StageText:
    """Return the text and the formulas of a stage."""
    round_ = stage.round
    if round_ is None:
        title, text = _start(trace, delta) if stage.kind is StepKind.START else _end(trace)
    elif stage.kind is StepKind.DEEPFOOL:
        title, text = _deepfool(stage, round_)
    elif stage.kind is StepKind.NORMAL:
        title, text = _normal(round_)
    elif stage.kind is StepKind.PLANE:
        title, text = _plane(lambda_)
    elif stage.update is not None:
        title, text = _coordinate(stage.update, last=stage.index == len(round_.updates) - 1)
    else:
        title, text = _test(round_, trace)
    return StageText(title, text, FORMULAS[stage.kind])


def _start(trace: AttackTrace, delta: float) -> tuple[str, str]:
    a, b = (round(255 * value) for value in trace.start.image.flatten().tolist())
    return (
        "The image is a point",
        f"An image of two pixels, {pointing(a, 'x1')} and {pointing(b, 'x2')}, is one point "
        f"{pointing(X, 'x')} in the square. The network calls it <b>{CLASS_NAMES[trace.start.label]}</b>. "
        f"We look for another label inside the {pointing('dashed box', 'box')}: no pixel may leave 0 to 255 "
        f"or change by more than δ&nbsp;=&nbsp;{pointing(f'{delta:g}', 'box')} levels.",
    )


def _deepfool(stage: AlgorithmStep, round_: Round) -> tuple[str, str]:
    step = f"DeepFool, step {stage.index + 1}"
    way = (
        f"It pretends that the network is linear and goes {pointing('straight', 'deepfool')} to where both "
        "labels would score the same, with all pixels."
    )
    if stage.arrived:
        label = pointing(CLASS_NAMES[round_.boundary_point.label], "xb")
        return (
            f"{step}: <b>x</b><sub>B</sub>",
            f"{way} Now the label is {label}: {XB}, just across the boundary.",
        )
    return step, f"{way} The label has {pointing('not changed yet', 'at')}, so it steps again."


def _normal(round_: Round) -> tuple[str, str]:
    a, b = round_.direction.flatten().tolist()
    strong = 1 if abs(a) >= abs(b) else 2
    direction = pointing(f"({decimal(a)}, {decimal(b)})", "w")
    text = (
        f"The boundary is nearly flat near {XB} (paper, Figure 2), so a "
        f"{pointing('straight line', 'tangent')} stands in for it. Its normal {pointing(W, 'w')}, a "
        f"gradient, points along {direction}: pixel <b>{strong}</b> matters most."
    )
    if round_.behind:
        text += " The line lies behind the point, so it is mirrored to the same distance ahead."
    return "The normal w", text


def _plane(lambda_: float) -> tuple[str, str]:
    if lambda_ == 1:
        text = (
            f"With {pointing('λ&nbsp;=&nbsp;1', 'moved')} the line stays at {XB}: the smallest change, if "
            "the boundary is really straight."
        )
    else:
        text = (
            f"With {pointing(f'λ&nbsp;=&nbsp;{lambda_:g}', 'moved')} the dashed line is {lambda_:g} times as "
            f"far away as {XB}: aim beyond the boundary, in case it bends away. Safer, but a larger change."
        )
    return "The line moved by λ", f"{text} What remains is an easy, linear problem."


def _coordinate(move: CoordinateUpdate, *, last: bool) -> tuple[str, str]:
    pixel = move.coordinate + 1
    after = pointing(f"{255 * move.after:.0f}", "level")
    why = f"Pixel {pointing(pixel, 'path')} has the largest |w<sub>j</sub>| outside S, so it moves alone."
    if move.before == move.after:
        fate = f"But it is already at its bound, {after}: it joins S."
    elif move.saturated:
        wanted = pointing(f"{255 * move.unclipped:.0f}", "beyond wanted")
        fate = f"The line is at level {wanted}; the box stops the pixel at {after}. " + (
            "No pixel is left." if last else "It joins S, and another pixel has to do the rest."
        )
    else:
        fate = f"At level {after} it meets the line. Done: no other pixel has to move."
    return f"LinearSolver moves pixel {pixel}", f"{why} {fate}"


def _test(round_: Round, trace: AttackTrace) -> tuple[str, str]:
    label = pointing(CLASS_NAMES[round_.tested.label], "test")
    verdict = f"Only now is the network asked again, 2&nbsp;% further along and inside the box: {label}."
    final = round_ is trace.rounds[-1]
    if final and trace.fooled:
        return "Test: fooled", f"{verdict} The label has changed, so the loop ends."
    if final:
        return "Test: not fooled, and no way forward", f"{verdict} {trace.outcome.reason}"
    return (
        "Test: not yet",
        f"{verdict} The boundary bent away from the line (paper, Section 3.3). The next round starts here.",
    )


def _end(trace: AttackTrace) -> tuple[str, str]:
    rounds, pixels = len(trace.rounds), trace.coordinates
    if not trace.fooled:
        return "Not fooled", f"After {counted(rounds, 'round')}: {trace.outcome.reason}"
    changed = pointing(counted(pixels, "pixel"), "change")
    levels = pointing(f"{trace.l1:.0f} levels", "change")
    return (
        f"Fooled after {counted(rounds, 'round')}",
        f"The perturbation {pointing('<b>r</b>', 'r')} changes {changed} by {levels} in total.",
    )
