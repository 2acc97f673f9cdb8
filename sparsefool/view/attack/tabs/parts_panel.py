"""Named parts of the picture on the Region tab: kept, outlined, and measured for the run that is shown."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from jaxtyping import Bool

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.drawn_parts import PartMeasure, measure_parts
from sparsefool.backend.networks import changed_by
from sparsefool.data.annotation_writing import boxes_of
from sparsefool.data.annotations import Shape
from sparsefool.data.regions import Region
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.controls.region import ANYWHERE, RegionChoice, forget_region
from sparsefool.view.shared.parts.numbers import HOW_MEASURED, finding_of, literal, measures_html
from sparsefool.view.shared.parts.outlines import contours_of, parts_legend
from sparsefool.view.shared.parts.session import (
    LONGEST_NAME,
    SUGGESTED,
    DrawnPicture,
    add_to_part,
    drawn_pictures,
    parts_of,
    remove_part,
)
from sparsefool.view.shared.picture_rows import Contour
from sparsefool.zoo.specs import find_spec

_NAME, _PROBLEM, _SHAPES = "part_name", "part_problem", "region_shapes"
_OUTLINED, _SWITCH, _MEASURED = "parts_outlined", "outline_parts", "parts_measured"


def note_shapes(region: Region, shapes: Sequence[Shape]) -> None:
    """Note the shapes as which a region was drawn, should it be kept as a part."""
    st.session_state[_SHAPES] = region.sha256, tuple(shapes)


def outlined_parts(image: SelectedImage, model: str) -> tuple[Contour, ...]:
    """Return the outlines of a picture's parts; none while they are switched off.

    Args:
        image: the picture.
        model: the network that is attacked.
    """
    drawn = _drawn(image, model)
    return contours_of(_masks(drawn, image)) if drawn and st.session_state.get(_OUTLINED, True) else ()


def show_outlined(image: SelectedImage, model: str) -> None:
    """Draw the legend of the outlines; nothing while they are switched off."""
    drawn = _drawn(image, model)
    if drawn and st.session_state.get(_OUTLINED, True):
        st.html(parts_legend(drawn.annotation.parts))


def show_name(report: AttackReport, image: SelectedImage, choice: RegionChoice) -> None:
    """Draw the name that the drawn region can be given, which keeps it as a part of the picture."""
    region = choice.region
    if region is None:
        return
    known = dict.fromkeys(name for each in drawn_pictures() for name in each.annotation.parts)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Name of this part",
            list(dict.fromkeys((*known, *SUGGESTED))),
            index=None,
            key=_NAME,
            accept_new_options=True,
            placeholder="Choose or type a name",
            help=f"With a name of at most {LONGEST_NAME} characters, what is drawn becomes a part of the "
            "picture; it is added to a part of the same name. The part *object* holds the others.",
        )
        st.button(
            "Keep as a part",
            icon=":material/bookmark_add:",
            key="keep_part",
            type="primary",
            disabled=not name,
            on_click=_keep,
            args=(report, image, choice),
        )


def show_parts(report: AttackReport, image: SelectedImage) -> None:
    """Draw the parts of the picture with their measure, if it has any."""
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.error(literal(problem))
    drawn = _drawn(image, report.request.model)
    if drawn is not None:
        names, measures = list(drawn.annotation.parts), _measures(drawn, image, report)
        st.markdown(f"**{finding_of(measures)}**")
        st.html(measures_html({"": measures}, names))
        st.caption("One picture gives no interval. How is this measured?", help=HOW_MEASURED)
        with st.container(horizontal=True, gap="small"):
            for place, name in enumerate(names):
                st.button(
                    f"Remove {literal(name)}",
                    icon=":material/close:",
                    key=f"remove_part_{place}",
                    on_click=remove_part,
                    args=(drawn, name),
                )
        st.toggle(
            "Outline the parts on the pictures",
            st.session_state.get(_OUTLINED, True),
            key=_SWITCH,
            on_change=lambda: st.session_state.update({_OUTLINED: st.session_state[_SWITCH]}),
        )


def _keep(report: AttackReport, image: SelectedImage, choice: RegionChoice) -> None:
    state, region = st.session_state, choice.region
    if region is None:
        return
    drawn_as, shapes = state.get(_SHAPES, ("", ()))
    try:
        add_to_part(
            image,
            find_spec(report.request.model).gallery,
            state[_NAME] or "",
            shapes if drawn_as == region.sha256 else boxes_of(region.mask),
        )
    except SparseFoolError as error:
        state[_PROBLEM] = str(error)
        return
    state[_NAME] = None
    if choice.use == ANYWHERE:
        forget_region()


def _drawn(image: SelectedImage, model: str) -> DrawnPicture | None:
    return parts_of(image, find_spec(model).gallery)


def _masks(drawn: DrawnPicture, image: SelectedImage) -> Mapping[str, Bool[np.ndarray, "h w"]]:
    return drawn.masks((image.picture.height, image.picture.width))


def _measures(drawn: DrawnPicture, image: SelectedImage, report: AttackReport) -> tuple[PartMeasure, ...]:
    """Return the measure of the parts, computed once for a run."""
    known = st.session_state.get(_MEASURED)
    if known is None or known[0] != (report, drawn):
        known = (report, drawn), measure_parts([_masks(drawn, image)], [changed_by(report)])
        st.session_state[_MEASURED] = known
    measures: tuple[PartMeasure, ...] = known[1]
    return measures
