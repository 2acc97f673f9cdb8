"""The text beside the picture of two pixels: words and the engine's numbers, and the mathematics."""

from dataclasses import dataclass

import streamlit as st

from sparsefool.formats import counted, decimal
from sparsefool.geometry.algorithm_steps import AlgorithmStep, StepKind
from sparsefool.geometry.attack_trace import AttackTrace, Point
from sparsefool.geometry.l1_trace import L1Trace
from sparsefool.geometry.two_pixels import CLASS_NAMES
from sparsefool.view.how_it_works.stage_texts import pointing, stage_text
from sparsefool.view.how_it_works.two_pixel_scene import Scene

NOT_ASKED = "not asked now"

_L1_FORMULA = (
    r"r_d = \frac{|f_k - f_{\hat k}|}{|w_d|}\,\mathrm{sign}(w_d),\quad d = \arg\max_j |w_j|,"
    r"\quad\text{no } \mathbf l, \mathbf u"
)

STYLE = """<style>
.stage{display:grid;gap:.35rem;line-height:1.45}
.stage .where{font-size:.85rem;opacity:.85}
.stage h5{margin:0;padding:0;font-size:1.15rem;line-height:1.3}
.stage p{margin:0}
.stage sub{line-height:0}
.points{border-bottom:2px dotted currentColor;border-radius:2px;font-weight:600;cursor:help;
 font-variant-numeric:tabular-nums}
.points:hover,.points:focus,.points:focus-visible{background:rgba(230,159,0,.3);outline:none;
 border-bottom-style:solid}
.stage dl{display:grid;grid-template-columns:repeat(4,auto);gap:.1rem .9rem;margin:.15rem 0 0!important;
 padding:0; justify-content:space-between}
.stage dl div{min-width:0}
.stage dt{font-size:.78rem;opacity:.85;line-height:1.25}
.stage dl>div,.stage dt{margin:0;padding:0}
.stage dd{margin:0!important;font-size:1.05rem;white-space:nowrap}
</style>"""


@dataclass(frozen=True)
class StageNumbers:
    """What the engine says at a stage: the point at which the network is asked, and the change so far.

    Attributes:
        original: the network's label of x.
        point: where the network is asked; None if it is not.
        change: of each pixel so far, in levels, without DeepFool's steps.
    """

    original: int
    point: Point | None
    change: tuple[float, float]


def show_stage(trace: AttackTrace, stage: AlgorithmStep, lambda_: float, delta: float, shown: Scene) -> None:
    """Draw what a stage of SparseFool does, with the engine's numbers."""
    content = stage_text(stage, trace, lambda_, delta)
    rounds = len(trace.rounds)
    where = f"Round {stage.round.number} of {rounds}" if stage.round else counted(rounds, "round")
    where += f" · Algorithm {stage.algorithm}, {_lines(stage.lines)}"
    numbers = StageNumbers(trace.start.label, _evaluated_point(trace, stage), _change(shown))
    _draw(where, content.title, content.text, numbers, content.formulas)


def show_l1_stage(trace: L1Trace, step: int, shown: Scene) -> None:
    """Draw what a step of ℓ1-DeepFool does; the last step is the clipping."""
    clipping = step > len(trace.steps)
    point = trace.clipped if clipping else trace.steps[step - 1] if step else trace.start
    if clipping:
        title, text = _clipping(trace)
    elif step == 0:
        title = "ℓ1-DeepFool"
        text = (
            f"It moves {pointing('<b>x</b>', 'x')} one pixel per step, the one with the largest "
            "|w<sub>j</sub>|: very sparse, like SparseFool. But it knows no box, so λ and δ do nothing here."
        )
    else:
        title, text = _l1_step(trace, point, step)
    where = f"Step {min(step, len(trace.steps))} of {len(trace.steps)} · paper, Section 2.2"
    _draw(where, title, text, StageNumbers(trace.start.label, point, _change(shown)), (_L1_FORMULA,))


def _draw(where: str, title: str, text: str, numbers: StageNumbers, formulas: tuple[str, ...]) -> None:
    with st.container(key="stage_words"):
        st.html(
            f'<div class="stage"><div class="where">{where}</div><h5>{title}</h5><p>{text}</p>'
            f"{_numbers_html(numbers)}</div>"
        )
    with st.popover("The mathematics", icon=":material/function:", key="mathematics"):
        for formula in formulas:
            st.latex(formula)


def _l1_step(trace: L1Trace, point: Point, step: int) -> tuple[str, str]:
    a, b = (255 * value for value in point.image.flatten().tolist())
    inside = min(a, b) >= 0 and max(a, b) <= 255
    where = "inside the square" if inside else "<b>outside the square, where there are no images</b>"
    label = pointing(CLASS_NAMES[point.label], "test")
    text = (
        f"The point tested is ({pointing(f'{a:.0f}', 'test1')}, {pointing(f'{b:.0f}', 'test2')}), {where}. "
        f"The label there: {label}."
    )
    if step == len(trace.steps) and trace.fooled:
        text += " The method stops here."
    return f"Step {step} of ℓ1-DeepFool", text


def _clipping(trace: L1Trace) -> tuple[str, str]:
    label = pointing(CLASS_NAMES[trace.clipped.label], "test")
    if not trace.left_the_box:
        return "Nothing to clip", f"The result already lies in the square; the label is {label}."
    if trace.fooled and not trace.fooled_when_clipped:
        return (
            "Clipped: it fails",
            f"Back in the square the label is {label} again. SparseFool stays in the box.",
        )
    return "Clipped", f"Back in the square the label is {label}."


def _evaluated_point(trace: AttackTrace, stage: AlgorithmStep) -> Point | None:
    """Return the point at which the network is evaluated in this stage."""
    if stage.kind is StepKind.START:
        return trace.start
    if stage.kind is StepKind.END:
        return trace.rounds[-1].tested if trace.rounds else trace.start
    return stage.point


def _change(shown: Scene) -> tuple[float, float]:
    return shown.reached[0] - shown.start[0], shown.reached[1] - shown.start[1]


def _numbers_html(numbers: StageNumbers) -> str:
    own, other = CLASS_NAMES[numbers.original], CLASS_NAMES[1 - numbers.original]
    label = CLASS_NAMES[numbers.point.label] if numbers.point else NOT_ASKED
    margin = score_difference(numbers.point.margin) if numbers.point else NOT_ASKED
    total = sum(abs(value) for value in numbers.change)
    pixels = sum(abs(value) > 1e-3 for value in numbers.change)
    place = "at" if any(numbers.change) else "x at"
    cells = (
        ("The network says", label, place),
        (f"Score of {own} − score of {other}", margin, place),
        ("Change so far", f"{total:.0f} levels", "change"),
        ("Pixels changed", f"{pixels} of 2", "change"),
    )
    return f"<dl>{''.join(_cell(*cell) for cell in cells)}</dl>"


def _cell(title: str, value: str, mark: str) -> str:
    content = value if value == NOT_ASKED else pointing(value, mark)
    return f"<div><dt>{title}</dt><dd>{content}</dd></div>"


def score_difference(margin: float) -> str:
    """Return by how much the score of x's label exceeds the other one; never as a zero with a sign."""
    if round(margin, 2) == 0:
        return "just above 0" if margin > 0 else "just below 0"
    return decimal(margin)


def _lines(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    return f"lines {lines[0]} {'to' if len(lines) > 2 else 'and'} {lines[-1]}"
