"""What a stage of the two-pixel example means: plain words with the engine's numbers, and formulas."""

from dataclasses import dataclass

from sparsefool.geometry.algorithm_steps import AlgorithmStep, StepKind
from sparsefool.geometry.attack_trace import AttackTrace, CoordinateUpdate, Round
from sparsefool.geometry.two_pixels import CLASS_NAMES


@dataclass(frozen=True)
class StageText:
    """A title, a few sentences (Markdown), and formulas (LaTeX) with the paper's numbers."""

    title: str
    text: str
    formulas: tuple[str, ...]


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


XB = r"$\mathbf x_B$"


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
        f"An image of two pixels, **{a}** and **{b}**, is one point **x** in the square. The network "
        f"calls it **{CLASS_NAMES[trace.start.label]}**. We look for another label nearby, inside the "
        f"dashed box: no pixel may leave 0 to 255 or change by more than δ = {delta:g} levels.",
    )


def _deepfool(stage: AlgorithmStep, round_: Round) -> tuple[str, str]:
    step = f"DeepFool, step {stage.index + 1}"
    way = (
        "It pretends that the network is linear and goes straight to where the two logits would be equal, "
        "using as many pixels as it likes."
    )
    if stage.arrived:
        label = CLASS_NAMES[round_.boundary_point.label]
        return (
            f"{step}: {XB}",
            f"{way} Now the label is **{label}**: this is {XB}, just across the boundary.",
        )
    return step, f"{way} The label has not changed yet, so it steps again."


def _normal(round_: Round) -> tuple[str, str]:
    a, b = round_.direction.flatten().tolist()
    strong = 1 if abs(a) >= abs(b) else 2
    text = (
        f"The boundary is nearly flat near {XB} (Figure 2), so a straight line stands in for it. Its normal "
        f"**w** is a gradient; here it points along ({a:.2f}, {b:.2f}), so pixel **{strong}** matters most."
    )
    if round_.behind:
        text += " The line lies behind the iterate, so the engine mirrors it to the same distance ahead."
    return "The normal w", text


def _plane(lambda_: float) -> tuple[str, str]:
    if lambda_ == 1:
        text = (
            f"With **λ = 1** the line stays at {XB}: the smallest change, if the boundary is really straight."
        )
    else:
        text = (
            f"With **λ = {lambda_:g}** the dashed line is {lambda_:g} times as far from the iterate as {XB}: "
            "aim beyond the boundary, in case it bends away. Safer, but the change is larger."
        )
    return "The line moved by λ", f"{text} What remains is an easy, linear problem."


def _coordinate(move: CoordinateUpdate, *, last: bool) -> tuple[str, str]:
    pixel, after = move.coordinate + 1, 255 * move.after
    why = f"Pixel **{pixel}** has the largest $|w_j|$ among those not in S, so it moves alone."
    if move.before == move.after:
        fate = f"But it is already at its bound ({after:.0f}): it joins S."
    elif move.saturated:
        fate = (
            f"The line is at level {255 * move.unclipped:.0f}; the box stops the pixel at **{after:.0f}**. "
            + ("No pixel is left." if last else "It joins S, and another pixel has to do the rest.")
        )
    else:
        fate = f"At level **{after:.0f}** it meets the line. Done: no other pixel has to move."
    return f"LinearSolver moves pixel {pixel}", f"{why} {fate}"


def _test(round_: Round, trace: AttackTrace) -> tuple[str, str]:
    label = CLASS_NAMES[round_.tested.label]
    verdict = f"Only now is the network evaluated again, 2 % further along and inside the box: **{label}**."
    final = round_ is trace.rounds[-1]
    if final and trace.fooled:
        return "Test: fooled", f"{verdict} The label has changed, so the loop ends."
    if final:
        return "Test: not fooled, and no way forward", f"{verdict} {trace.outcome.reason}"
    return (
        "Test: not yet",
        f"{verdict} The boundary bent away from the line (Section 3.3). The next round starts from here.",
    )


def _end(trace: AttackTrace) -> tuple[str, str]:
    rounds, pixels = len(trace.rounds), trace.coordinates
    if not trace.fooled:
        return "Not fooled", f"After {_count(rounds, 'round')}: {trace.outcome.reason}"
    return (
        f"Fooled after {_count(rounds, 'round')}",
        f"The perturbation **r** changes {_count(pixels, 'pixel')} by {trace.l1:.0f} levels in total.",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
