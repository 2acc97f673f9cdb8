"""Things to try with two pixels: each sets the controls, asks a question, and answers it once tried."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sparsefool.formats import counted
from sparsefool.geometry.attack_trace import AttackTrace
from sparsefool.geometry.l1_trace import L1Trace
from sparsefool.view.how_it_works.two_pixel_controls import (
    L1_DEEPFOOL,
    PLAYER,
    SPARSEFOOL,
    TwoPixelChoice,
    apply_choice,
)

Trace = AttackTrace | L1Trace

_ASKED, _ANSWERS = "world_question", "world_answers"

STYLE = """<style>
.question{border-left:3px solid #E69F00;padding:.1rem .7rem;line-height:1.4}
.question .answer{font-weight:600}
</style>"""


@dataclass(frozen=True)
class Prompt:
    """Something to try.

    Attributes:
        label: of its button.
        question: what to look for.
        choice: what the button sets.
        answer: returns the answer if a choice and its complete attack show it, whoever set the controls;
            otherwise an empty text.
    """

    label: str
    question: str
    choice: TwoPixelChoice
    answer: Callable[[TwoPixelChoice, Trace], str]

    def apply(self) -> None:
        """Set the controls (before they are drawn) and go to the first stage."""
        apply_choice(self.choice)
        st.session_state[_ASKED] = PROMPTS.index(self)
        PLAYER.go(0)


def _straight(choice: TwoPixelChoice, trace: Trace) -> str:
    if choice.classifier != "linear" or not isinstance(trace, AttackTrace) or len(trace.rounds) != 1:
        return ""
    return (
        "No. The line is the boundary itself, so the first round always ends on the other side."
        * trace.fooled
    )


def _less_room(choice: TwoPixelChoice, trace: Trace) -> str:
    if choice.classifier != "linear" or choice.delta == 255 or not isinstance(trace, AttackTrace):
        return ""
    if not trace.fooled or trace.coordinates != 2:
        return ""
    first, second = trace.rounds[0].updates[:2]
    stopped, rest = (255 * abs(move.after - move.before) for move in (first, second))
    return (
        f"Both. Pixel {first.coordinate + 1} stops at the edge of the box after {stopped:.0f} levels; pixel "
        f"{second.coordinate + 1} does the rest, {rest:.0f} levels."
    )


def _bend(choice: TwoPixelChoice, trace: Trace) -> str:
    bent = choice.classifier in ("gentle", "strong") and choice.lambda_ == 1
    if not bent or not isinstance(trace, AttackTrace) or not trace.fooled or len(trace.rounds) < 2:
        return ""
    return (
        "The line of the first round missed: the boundary bends away from it. The second round draws a new "
        f"line from where the first one ended. Here it took {len(trace.rounds)} rounds."
    )


def _further(choice: TwoPixelChoice, trace: Trace) -> str:
    beyond = choice.classifier == "strong" and choice.lambda_ > 1
    if not beyond or not isinstance(trace, AttackTrace) or not trace.fooled or len(trace.rounds) > 1:
        return ""
    return (
        f"Gained: one round is enough. Lost: it changes {trace.l1:.0f} levels, more than λ = 1 needs, "
        "because the move goes on beyond the boundary."
    )


def _board(choice: TwoPixelChoice, trace: Trace) -> str:
    if choice.classifier != "checkerboard" or not isinstance(trace, AttackTrace) or not trace.fooled:
        return ""
    rounds = counted(len(trace.rounds), "round")
    return f"{rounds}. The more the boundary bends, the shorter the way on which a line describes it."


def _clipped(_choice: TwoPixelChoice, trace: Trace) -> str:
    if not isinstance(trace, L1Trace) or not trace.left_the_box:
        return ""
    again = "" if trace.fooled_when_clipped else ", and then the old label is back"
    a, b = (round(255 * value) for value in trace.end.image.flatten().tolist())
    return f"No. It ends at ({a}, {b}), outside 0 to 255. It has to be clipped{again}."


def _sparsefool(
    classifier: str, place: tuple[int, int], lambda_: float = 1.0, delta: int = 255
) -> TwoPixelChoice:
    return TwoPixelChoice(classifier, SPARSEFOOL, place, lambda_, delta)


PROMPTS = (
    Prompt(
        "Straight",
        "A straight boundary: can it ever take two rounds?",
        _sparsefool("linear", (60, 90)),
        _straight,
    ),
    Prompt(
        "Less room",
        "With δ = 70 there is less room: which pixels move now?",
        _sparsefool("linear", (150, 90), delta=70),
        _less_room,
    ),
    Prompt("A bend", "What does the second round repair?", _sparsefool("strong", (100, 20)), _bend),
    Prompt(
        "λ = 3",
        "The same point with λ = 3: what is gained, what is lost?",
        _sparsefool("strong", (100, 20), lambda_=3.0),
        _further,
    ),
    Prompt(
        "Checkerboard",
        "How many rounds does it take here?",
        _sparsefool("checkerboard", (20, 130)),
        _board,
    ),
    Prompt(
        "ℓ1-DeepFool",
        "Is the result of ℓ1-DeepFool an image?",
        TwoPixelChoice("linear", L1_DEEPFOOL, (60, 90), 1.0, 255),
        _clipped,
    ),
)


def note_answers(choice: TwoPixelChoice, trace: Trace, *, at_end: bool) -> None:
    """Keep the answers that the person has found: those that an attack shows, seen to its end."""
    answers = st.session_state.setdefault(_ANSWERS, {})
    if at_end:
        found = ((number, prompt.answer(choice, trace)) for number, prompt in enumerate(PROMPTS))
        answers.update({number: text for number, text in found if text})


def begin_prompts() -> DeltaGenerator:
    """Draw the row of things to try without its buttons, which keeps their room, and return it."""
    row = st.container(key="world_prompts", horizontal=True, gap="small", vertical_alignment="center")
    row.html("<b>What to try</b>", width="content")
    return row


def draw_prompts(row: DeltaGenerator, choice: TwoPixelChoice) -> None:
    """Draw the buttons in their row; below them, the question asked and, once tried, its answer."""
    answers = st.session_state.get(_ANSWERS, {})
    asked = _question(choice)
    with row:
        for number, prompt in enumerate(PROMPTS):
            st.button(
                prompt.label,
                key=f"try_{number}",
                on_click=prompt.apply,
                icon=":material/check:" if number in answers else f":material/counter_{number + 1}:",
                type="primary" if number == asked else "secondary",
            )
    with st.container(key="world_question_card"):
        st.html(f'<div class="question" role="status">{_card(asked, answers)}</div>')


def _question(choice: TwoPixelChoice) -> int | None:
    """Return the question that the controls stand for, else the last one that was asked."""
    matching = (number for number, prompt in enumerate(PROMPTS) if prompt.choice == choice)
    number: int | None = next(matching, st.session_state.get(_ASKED))
    return number


def _card(asked: int | None, answers: dict[int, str]) -> str:
    if asked is None:
        return (
            "Choose something to try or click in the picture, then step to the end (keys ← and →, P plays)."
        )
    question = PROMPTS[asked].question
    if asked not in answers:
        return f"{question} <i>Step to the last stage: the answer appears here.</i>"
    return f'{question} <span class="answer">{answers[asked]}</span>'
