"""The text beside the picture of two pixels: words, the engine's numbers, the mathematics."""

from collections.abc import Sequence

import streamlit as st

from sparsefool.geometry.algorithm_steps import AlgorithmStep, StepKind
from sparsefool.geometry.attack_trace import AttackTrace, Point
from sparsefool.geometry.l1_trace import L1Trace
from sparsefool.geometry.two_pixels import CLASS_NAMES
from sparsefool.view.how_it_works.stage_texts import stage_text

NOT_EVALUATED = "not evaluated"

_L1_FORMULA = (
    r"r_d = \frac{|f_k - f_{\hat k}|}{|w_d|}\,\mathrm{sign}(w_d),\quad d = \arg\max_j |w_j|,"
    r"\quad\text{no } \mathbf l, \mathbf u"
)


def show_stage(trace: AttackTrace, stage: AlgorithmStep, lambda_: float, delta: float) -> None:
    """Draw what a stage of SparseFool does, with the engine's numbers."""
    content = stage_text(stage, trace, lambda_, delta)
    rounds = len(trace.rounds)
    where = f"Round {stage.round.number} of {rounds}" if stage.round else f"Rounds: {rounds}"
    st.caption(f"{where} · Algorithm {stage.algorithm}, {_lines(stage.lines)}")
    st.markdown(f"##### {content.title}\n\n{content.text}")
    _draw_numbers(_evaluated_point(trace, stage), _change(trace, stage))
    _draw_formulas(content.formulas)


def show_l1_stage(trace: L1Trace, step: int) -> None:
    """Draw what a step of ℓ1-DeepFool does; the last step is the clipping."""
    clipping = step > len(trace.steps)
    point = trace.clipped if clipping else trace.steps[step - 1] if step else trace.start
    if clipping:
        title, text = _clipping(trace)
    elif step == 0:
        title, text = (
            "ℓ1-DeepFool",
            "DeepFool with the ℓ1 projection moves **one** pixel per step: very sparse.",
        )
    else:
        title, text = _l1_step(trace, point, step)
    st.caption(f"Section 2.2 · step {min(step, len(trace.steps))} of {len(trace.steps)}")
    st.markdown(f"##### {title}\n\n{text}")
    change = (255 * (point.image - trace.start.image)).flatten().tolist()
    _draw_numbers(point, change)
    _draw_formulas((_L1_FORMULA,))


def _l1_step(trace: L1Trace, point: Point, step: int) -> tuple[str, str]:
    a, b = (255 * value for value in point.image.flatten().tolist())
    inside = min(a, b) >= 0 and max(a, b) <= 255
    where = "inside the square" if inside else "**outside the square, where there are no valid images**"
    text = (
        f"The point tested is ({a:.0f}, {b:.0f}), {where}. The label there: **{CLASS_NAMES[point.label]}**."
    )
    if step == len(trace.steps) and trace.fooled:
        text += " The method stops here."
    return f"Step {step} of ℓ1-DeepFool", text


def _clipping(trace: L1Trace) -> tuple[str, str]:
    label = CLASS_NAMES[trace.clipped.label]
    if not trace.left_the_box:
        return "Nothing to clip", f"The result already lies in the square; the label is **{label}**."
    if trace.fooled and not trace.fooled_when_clipped:
        return (
            "Clipped: it fails",
            f"Back in the square the label is **{label}** again. SparseFool stays in the box.",
        )
    return "Clipped", f"Back in the square the label is **{label}**."


def _evaluated_point(trace: AttackTrace, stage: AlgorithmStep) -> Point | None:
    """Return the point at which the network is evaluated in this stage."""
    if stage.kind is StepKind.START:
        return trace.start
    if stage.kind is StepKind.END:
        return trace.rounds[-1].tested if trace.rounds else trace.start
    return stage.point


def _change(trace: AttackTrace, stage: AlgorithmStep) -> list[float]:
    """Return the change of each value from the original so far, in levels, without DeepFool's steps."""
    if stage.kind is StepKind.END:
        return list((255 * trace.result.perturbation).flatten().tolist())
    if stage.round is None:
        return [0.0] * trace.start.image.numel()
    at = stage.round.start
    if stage.kind is StepKind.TEST:
        at = stage.round.tested.image
    change = (255 * (at - trace.start.image)).flatten().tolist()
    for move in stage.round.updates[: stage.index + 1] if stage.kind is StepKind.COORDINATE else ():
        change[move.coordinate] += 255 * (move.after - move.before)
    return list(change)


def _draw_numbers(point: Point | None, change: Sequence[float]) -> None:
    label = CLASS_NAMES[point.label] if point else NOT_EVALUATED
    margin = f"{point.margin:.2f}" if point else NOT_EVALUATED
    l1, coordinates = sum(abs(value) for value in change), sum(value != 0 for value in change)
    left, right = st.columns(2, gap="small")
    left.metric("Label", label, help="The network's label at the point of this stage.")
    right.metric(
        "Margin (logits)", margin, help="Logit of x's label minus the other: below 0, the network is fooled."
    )
    left.metric(
        "‖r‖₁ (levels)", f"{l1:.0f}", help="Sum of the absolute changes so far, without DeepFool's steps."
    )
    right.metric("Pixels used", f"{coordinates}", help="Coordinates that differ from x so far.")


def _draw_formulas(formulas: tuple[str, ...]) -> None:
    with st.expander("The mathematics"):
        for formula in formulas:
            st.latex(formula)


def _lines(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    return f"lines {lines[0]} {'to' if len(lines) > 2 else 'and'} {lines[-1]}"
