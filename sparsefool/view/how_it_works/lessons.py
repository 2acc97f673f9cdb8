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
[data-testid=stMainBlockContainer]{padding:1.3rem 1.5rem 4rem;max-width:110rem}
[data-testid=stHeader]{background:none;pointer-events:none}
[data-testid=stHeader] :is([data-testid=stLogoLink],[data-testid=stExpandSidebarButton]){
 background:light-dark(#ffffff,#10151c)}
[data-testid=stMain]{scroll-padding-top:4rem}
.stApp:has([data-testid=stSidebar][data-collapsed=true]) .st-key-prose_opening{padding-left:6rem}
.st-key-prose_opening{gap:0}.st-key-prose_opening h2{padding:0 0 .2rem;font-size:1.4rem}
.st-key-prose_opening [data-testid=stHeading]{min-height:2.2rem}
.st-key-world_space{container-type:inline-size;gap:.55rem}
.st-key-world_tasks{gap:.4rem;min-height:5.45rem}
.st-key-world_prompts{gap:.35rem}
.st-key-world_prompts [data-testid=stSkeleton]{height:2rem}
.st-key-world_prompts button{padding:.15rem .45rem;min-height:2rem}
.st-key-world_question_card{min-height:3.05rem}
.st-key-world_choices label[data-testid=stWidgetLabel]{display:none}
.st-key-world_row{display:grid;gap:.5rem 1.2rem;align-items:start;
 grid-template-columns:minmax(0,min(26rem,47%,max(18rem,100vh - 23.4rem))) minmax(0,1fr)}
.st-key-world_left{gap:.3rem;container-type:inline-size}
.st-key-world_sliders{display:grid;gap:.2rem .5rem;grid-template-columns:repeat(4,minmax(0,1fr))}
@container (max-width:22.6rem){.st-key-world_sliders{grid-template-columns:repeat(2,minmax(0,1fr))}}
.st-key-world_right{gap:.4rem}
.st-key-stage_words{min-height:14.6rem}
.st-key-world_listings{min-height:13rem}
.st-key-world_right>.st-key-mathematics{order:2}
.listings>div:not(.current){display:none}
@container (max-width:50rem){.st-key-stage_words{min-height:17rem}
 .st-key-world_right>:has(>.st-key-stage_words){order:1}
 .st-key-stage_words .stage dl{grid-template-columns:repeat(2,auto)}
 .st-key-world_tasks{min-height:6.85rem}.st-key-world_question_card{min-height:4.45rem}}
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
"""Where things stand: the figure is as large as the window's height lets its sliders be seen below it."""

LECTURE_LAYOUT = f"""<style>
[data-testid=stLayoutWrapper]:has(>[class*=st-key-{PROSE}]){{display:none}}
.stApp:has([data-testid=stSidebar][data-collapsed=true]) .st-key-world_prompts{{padding-left:5rem}}
@container (max-width:72rem){{.st-key-world_right>:has(>.st-key-stage_words){{order:1}}
 .st-key-world_row{{grid-template-columns:
 minmax(0,min(26rem,47%,max(18rem,100vh - 15.4rem))) minmax(0,1fr)}}}}
@container (max-width:50rem){{.st-key-world_row{{grid-template-columns:
 minmax(0,min(47%,max(14rem,100vh - 19.2rem))) minmax(0,1fr)}}
 .st-key-world_left{{--world-saving:none}}}}
@media (max-width:1100px){{.st-key-world_prompts>:first-child{{display:none}}}}
</style>"""
"""In lecture mode there is no opening, and the listing comes before the words, which the lecturer says.

Where the window is narrow, the sliders take two rows, and the figure leaves them the room.
"""
