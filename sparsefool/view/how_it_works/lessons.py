"""The text of the lecture, and its summary."""

import streamlit as st

from sparsefool.view.shared.page import PROSE

OPENING = """
An image of two pixels is a point in the square, coloured by what a small network says. **SparseFool** takes
it into the other colour one pixel at a time: near an image the boundary is almost a line.
"""

REAL_NETWORK = """
A real image is a point too, with thousands of coordinates. Here are two planes through that space: one close
to the boundary point **x**$_B$, in a random direction (as in the paper's Figure 2), and one through **x**,
**x**$_B$ and the final **x** of the whole attack.
"""

REAL_IMAGE = """
On the Attack page the same rounds run on the picture itself: move λ and δ there and watch which pixels
change.
"""

_LESSONS = (
    (
        "Flat",
        "Near x the boundary is close to a straight line. DeepFool approximates the nearest point $x_B$ on "
        "it, and the gradient there gives its normal w.",
        "Paper, Figure 2 · Eq. (6) · Algorithm 2, lines 3 to 5",
    ),
    (
        "Few",
        "The cheapest way to reach a straight line is to move the pixel with the largest $|w_j|$ as far as "
        "the box allows, then the next one. The room in the box decides how many are needed.",
        "Paper, Eqs. (3) to (5) · Algorithm 1",
    ),
    (
        "Again",
        "A long move along one pixel can leave the flat part, and the label may not change: then linearise "
        "again from there. λ > 1 aims beyond the line: fewer rounds, larger changes.",
        "Paper, Figures 3 and 4 · Section 3.3 · Algorithm 2, line 2",
    ),
    (
        "Valid",
        "ℓ1-DeepFool moves single pixels as well, but without a box. Its result can leave the square, and "
        "clipping it back can undo the attack.",
        "Paper, Section 2.2",
    ),
)


def prose(name: str) -> "st.delta_generator.DeltaGenerator":
    """Return a container for text that lecture mode hides."""
    return st.container(key=f"{PROSE}_{name}")


def show_lessons() -> None:
    """Draw what the two-pixel example has shown."""
    for cell, (title, text, source) in zip(st.columns(len(_LESSONS), gap="medium"), _LESSONS, strict=True):
        with cell:
            st.markdown(f"**{title}.** {text}")
            st.caption(source)


LAYOUT = """<style>
[data-testid=stMainBlockContainer]{padding-left:1.5rem;padding-right:1.5rem;max-width:110rem}
.st-key-prose_opening{gap:0}.st-key-prose_opening h2{padding:0 0 .2rem;font-size:1.4rem}
.st-key-prose_opening [data-testid=stHeading]{min-height:2.2rem}
.st-key-world_space{container-type:inline-size;gap:.55rem}
.st-key-world_tasks{gap:.4rem}
.st-key-world_prompts{gap:.4rem}
.st-key-world_prompts button{padding:.15rem .55rem;min-height:2rem}
.st-key-world_question_card{min-height:2.9rem}
.st-key-world_choices label[data-testid=stWidgetLabel]{display:none}
.st-key-world_row{display:grid;gap:.5rem 1.2rem;align-items:start;
 grid-template-columns:minmax(0,min(26rem,47%)) minmax(0,1fr)}
.st-key-world_left{gap:.3rem}
.st-key-world_right{gap:.4rem}
.st-key-stage_words{min-height:14.6rem}
.st-key-world_listings{min-height:13rem}
.listings>div:not(.current){display:none}
@container (max-width:50rem){.st-key-stage_words{min-height:17rem}
 .st-key-world_right>:has(>.st-key-stage_words){order:1}
 .st-key-world_right>:has(.st-key-mathematics){order:2}
 .stage dl{grid-template-columns:repeat(2,auto)}
 .st-key-world_question_card{min-height:4.3rem}}
@container (min-width:72rem){.listings{display:flex;gap:1.5rem;flex-wrap:wrap}
 .listings>div:not(.current){display:block}
 .st-key-world_row{grid-template-columns:minmax(0,34rem) minmax(0,1fr)}}
@container (max-width:34rem){.st-key-world_row{grid-template-columns:minmax(0,1fr)}}
.reading{line-height:1.4;padding:.1rem 0}
.st-key-stored_planes{display:grid;gap:1rem 1.6rem;align-items:start;
 grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr))}
.st-key-network_row{display:grid;gap:2rem;align-items:start;
 grid-template-columns:minmax(0,min(19rem,38%)) minmax(0,1fr)}
</style>"""
