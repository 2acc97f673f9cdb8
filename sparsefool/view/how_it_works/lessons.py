"""The text of the lecture, and its summary."""

import streamlit as st

from sparsefool.view.shared.page import PROSE

OPENING = """
To fool a network, an image must cross into the region of another class. Going straight across changes every
pixel a little. **SparseFool** crosses by changing only a few pixels, and keeps the result a valid image. It
can, because the boundary is almost flat near an image.
"""

TWO_PIXELS = """
An image of just two pixels is a point in a square, coloured here by the decisions of a small trained
network. **Click in the picture to place x**, then step through the attack (keys ← and →; P plays). The real
engine runs here.
"""

REAL_NETWORK = """
A real image is a point too, with thousands of coordinates. Three points span a plane that we can look at:
the image **x**, the boundary point **x**$_B$, and the final **x**. How straight is the true boundary where
SparseFool assumed a line?
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
        "Figure 2 · Eq. (6) · Algorithm 2, lines 3 to 5",
    ),
    (
        "Few",
        "The cheapest way to reach a straight line is to move the pixel with the largest $|w_j|$ as far as "
        "the box allows, then the next one. The room in the box decides how many are needed.",
        "Eqs. (3) to (5) · Algorithm 1",
    ),
    (
        "Again",
        "A long move along one pixel can leave the flat part, and the label may not change: then linearise "
        "again from there. λ > 1 aims beyond the line: fewer rounds, larger changes.",
        "Figures 3 and 4 · Section 3.3 · Algorithm 2, line 2",
    ),
    (
        "Valid",
        "ℓ1-DeepFool moves single pixels as well, but without a box. Its result can leave the square, and "
        "clipping it back can undo the attack.",
        "Section 2.2",
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
.st-key-world_space{container-type:inline-size}
.st-key-world_row{display:grid;gap:1rem;align-items:start;
 grid-template-columns:minmax(0,1.3fr) minmax(280px,1fr)}
.st-key-world_left{max-width:34rem}
.st-key-stage_words{min-height:28rem}
.st-key-world_row>:has(>.st-key-world_listings),.st-key-world_listings{grid-column:1/-1}
@container (min-width:1060px){
 .st-key-world_row{grid-template-columns:minmax(0,34rem) minmax(300px,1fr) 18.5rem}
 .st-key-world_row>:has(>.st-key-world_listings),.st-key-world_listings{grid-column:auto}
 .st-key-stage_words{min-height:25rem}}
@container (max-width:36rem){.st-key-stage_words{min-height:31rem}}
@container (max-width:600px){.st-key-world_row{grid-template-columns:minmax(0,1fr)}}
.st-key-network_row{display:grid;gap:2rem;align-items:start;
 grid-template-columns:minmax(0,min(19rem,38%)) minmax(0,1fr)}
</style>"""
