"""The region of the Attack page: drawn, uploaded or typed, and whether the attack is confined to it.

It is kept as text in one field, which is bound to a query parameter. Drawing and uploading fill it in.
"""

from dataclasses import dataclass

import streamlit as st

from sparsefool.data.image_files import FORMATS, MAX_BYTES, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import LONGEST_TEXT, Region, mask_region, parse_region
from sparsefool.errors import ParameterError, SparseFoolError
from sparsefool.view.shared.serving.uploads import uploaded_bytes
from sparsefool.view.shared.widgets import choose_one

ANYWHERE, INSIDE, OUTSIDE = "Anywhere", "Only inside", "Only outside"
USES = (ANYWHERE, INSIDE, OUTSIDE)

TEXT, USE = "region", "perturb"
_FILE, _PROBLEM = "mask_file", "region_problem"

NO_REGION = {TEXT: "", USE: ANYWHERE, _PROBLEM: ""}
"""Values of the widgets without a region: pixels may change anywhere."""


@dataclass(frozen=True)
class RegionChoice:
    """A region, if there is one, and where the perturbation may lie, one of USES."""

    region: Region | None = None
    use: str = ANYWHERE

    @property
    def allowed(self) -> Region | None:
        """The pixels that may change; None for all of them."""
        if self.region is None or self.use == ANYWHERE:
            return None
        return self.region if self.use == INSIDE else self.region.inverted()


def choose_region(picture: Picture) -> RegionChoice:
    """Draw the controls of the region and return the choice.

    Raises:
        ParameterError: the text is not a region of this picture, or a region is needed and there is none.
    """
    size = picture.height, picture.width
    with st.expander("Region", icon=":material/select_all:"):
        use = choose_one("Where pixels may change", USES, USE, width="stretch")
        text = st.text_input(
            "Region",
            key=TEXT,
            bind="query-params",
            max_chars=LONGEST_TEXT,
            placeholder="4,4,11,19",
            help="First row, first column, last row, last column. It is easier to draw it in the Region tab.",
        )
        st.file_uploader(
            "Or a mask image: white inside, black outside",
            max_upload_size=MAX_BYTES // 1_000_000,
            key=_FILE,
            help=f"{FORMATS}, of the network's input size.",
            on_change=_take_file,
            args=(size,),
        )
        if problem := st.session_state.get(_PROBLEM):
            st.error(problem)
    region = parse_region(text, size) if text and text.strip() else None
    if region is None and use != ANYWHERE:
        raise ParameterError(
            f"Pixels may change only {'inside' if use == INSIDE else 'outside'} a region, but there is none "
            "yet: type its corners or upload a mask, or let pixels change anywhere and draw it in the Region "
            "tab."
        )
    return RegionChoice(region, use)


def put_region(region: Region) -> None:
    """Choose ``region`` (before the page is drawn)."""
    text, problem = region.text(), ""
    if region.pixels == 0:
        problem = "No pixel lies inside: the region is empty, so it is not used."
    elif len(text) > LONGEST_TEXT:
        problem = (
            f"This region is too intricate for the page's address ({len(text):,} characters, at most "
            f"{LONGEST_TEXT:,}). Simplify it, or pass it to --region on the command line."
        )
    else:
        st.session_state[TEXT] = text
    st.session_state[_PROBLEM] = problem


def use_region(use: str) -> None:
    """Let pixels change where ``use`` says (before the page is drawn)."""
    st.session_state[USE] = use


def forget_region() -> None:
    """Remove the region, and let pixels change anywhere (before the page is drawn)."""
    st.session_state.update(NO_REGION)


def region_problem() -> str:
    """Return why the last region drawn or uploaded was not used; empty if it was."""
    problem: str = st.session_state.get(_PROBLEM, "")
    return problem


def _take_file(size: tuple[int, int]) -> None:
    file = st.session_state.get(_FILE)
    if file is None:
        return
    try:
        put_region(mask_region(read_picture(uploaded_bytes(file), file.name), size))
    except SparseFoolError as error:
        st.session_state[_PROBLEM] = str(error)
