"""The Region tab of the Attack page: draw a region, see what is inside, confine the attack to it, name it."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from jaxtyping import Bool

from sparsefool.backend.attack.report import AttackReport
from sparsefool.data.annotations import Shape, box
from sparsefool.data.regions import Region, lasso
from sparsefool.formats import percent
from sparsefool.view.attack.tabs.parts_panel import note_shapes, outlined_parts, show_name, show_parts
from sparsefool.view.attack.tabs.pixel_chart import picture_figure, rings
from sparsefool.view.shared.charts import chart_config, choose_chart_format, show_chart
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.controls.region import (
    ANYWHERE,
    INSIDE,
    OUTSIDE,
    RegionChoice,
    forget_region,
    put_region,
    region_problem,
    use_region,
)
from sparsefool.view.shared.palette import DARK, SKY
from sparsefool.view.shared.parts.files import show_parts_file
from sparsefool.view.shared.picture_rows import Contour, outline
from sparsefool.view.shared.pictures import changed_mask

MOST_TARGETS = 4000
"""Invisible points that let the chart be selected; the drawn shape itself gives the pixels."""

_DRAG = "region_drag"


def show_region_panel(report: AttackReport, image: SelectedImage, choice: RegionChoice) -> None:
    """Draw the picture on which a region is drawn, how much of the perturbation it holds, and its parts."""
    left, right = st.columns([11, 9], gap="large")
    size = report.request.picture.height, report.request.picture.width
    with left:
        key = f"region_chart_{choice.region.sha256[:8] if choice.region else ''}"
        show_chart(
            _figure(
                report,
                choice.region,
                outlined_parts(image, report.request.model),
                st.session_state.get(_DRAG, "select"),
            ),
            key=key,
            on_select=lambda: _take_shape(key, size),
            selection_mode=("box", "lasso"),
            config=chart_config("region")
            | {"modeBarButtons": [["toImage", "select2d", "lasso2d"]], "displayModeBar": True},
            alt="The original picture with a ring around each perturbed pixel and its parts outlined.",
        )
        st.caption(
            "Drag to draw a rectangle, or choose the lasso at the top right of the picture. A rectangle "
            "takes every pixel it touches, a lasso every pixel whose centre lies inside."
        )
        choose_chart_format()
    with right:
        if problem := region_problem():
            st.warning(problem)
        if choice.region is not None:
            _findings(report, choice.region)
            show_name(report, image, choice)
            _buttons(choice)
        show_parts(report, image)
        if choice.region is None:
            st.info(
                "Draw a region, or open Region in the sidebar to type one or to upload a mask. Confine the "
                "attack to it, or name it to keep it as a part of the picture, such as its head."
            )
        show_parts_file()


def _findings(report: AttackReport, region: Region) -> None:
    changed = changed_mask(report.request.picture, report.adversarial)
    total, inside = int(changed.sum()), int((changed & region.mask).sum())
    share = percent(inside / total) if total else "none"
    st.metric(
        "Perturbed pixels inside the region",
        f"{inside:,} of {total:,}",
        f"{share}; the region covers {percent(region.share, 1)} of the picture",
        delta_color="off",
        delta_arrow="off",
        help="If the pixels fell anywhere with equal chance, their share inside would be the share that the "
        "region covers.",
    )
    allowed = report.request.region
    if allowed is not None:
        stray = int((changed & ~allowed.mask).sum())
        where = "inside" if np.array_equal(allowed.mask, region.mask) else "outside"
        verdict = "The network is fooled" if report.success_8bit else "The network is not fooled"
        st.markdown(
            f"**{verdict}** by changing only pixels {where} the region. Checked on the 8-bit picture: "
            f"{stray} pixels changed where none may."
        )
    if region.mask.all():
        st.info("The region covers the whole picture: inside it is everywhere, and nothing is outside.")


def _buttons(choice: RegionChoice) -> None:
    everything = choice.region is not None and bool(choice.region.mask.all())
    with st.container(horizontal=True, gap="small"):
        for use, text, icon in (
            (INSIDE, "Attack inside only", ":material/select_all:"),
            (OUTSIDE, "Keep out of the region", ":material/deselect:"),
            (ANYWHERE, "Attack anywhere", ":material/blur_on:"),
        ):
            idle = choice.use == use or (use == OUTSIDE and everything)
            st.button(text, icon=icon, key=f"use_{use}", on_click=use_region, args=(use,), disabled=idle)
        st.button("Remove the region", icon=":material/close:", key="forget_region", on_click=forget_region)


def _figure(report: AttackReport, region: Region | None, parts: Sequence[Contour], drag: str) -> go.Figure:
    before, after = report.request.picture, report.adversarial
    figure = picture_figure(before, f"{report.request.picture_sha256} region")
    figure.add_trace(_targets(before.height, before.width))
    figure.add_traces([ring.update(unselected={"marker": {"opacity": 1}}) for ring in rings(before, after)])
    for part in parts:
        figure.add_traces(_lines(part.mask, part.colour, "dash" if part.dashed else "solid"))
    if region is not None:
        figure.add_traces(_lines(region.mask, SKY, "solid"))
    figure.update_xaxes(range=[-0.5, before.width - 0.5], fixedrange=True)
    figure.update_yaxes(range=[before.height - 0.5, -0.5], fixedrange=True, constraintoward="top")
    return figure.update_layout(dragmode=drag, newselection={"line": {"color": SKY, "dash": "dot"}})


def _lines(mask: Bool[np.ndarray, "h w"], colour: str, dash: str) -> list[go.Scatter]:
    """Return the outline of some pixels: a dark line, and one in colour inside it."""
    x, y = outline(mask)
    lines = ({"color": DARK, "width": 5}, {"color": colour, "width": 3, "dash": dash})
    shared = {"x": x, "y": y, "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    return [go.Scatter(**shared, line=line) for line in lines]


def _targets(height: int, width: int) -> go.Scatter:
    stride = math.ceil(math.sqrt(height * width / MOST_TARGETS))
    rows, columns = np.mgrid[0:height:stride, 0:width:stride]
    invisible: dict[str, Any] = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        selected=invisible,
        unselected=invisible,
        **invisible,
    )


def _take_shape(key: str, size: tuple[int, int]) -> None:
    """Choose the drawn shape as the region; of what the browser sends, only finite numbers are used."""
    given = st.session_state[key]["selection"]
    mask: Bool[np.ndarray, "h w"] = np.zeros(size, dtype=bool)
    shapes: list[Shape] = []
    for drawn in given["box"]:
        (x0, x1), (y0, y1) = (sorted(_finite(drawn[axis])) for axis in "xy")
        rows, columns = _touched(y0, y1, size[0]), _touched(x0, x1, size[1])
        mask[rows, columns] = True
        shapes.append(box(columns.start, rows.start, columns.stop, rows.stop))
    for loop in given["lasso"]:
        x, y = (np.round(_finite(loop[axis]), 1) for axis in "xy")
        mask |= lasso(y.tolist(), x.tolist(), size).mask
        corners = zip((x + 0.5).round(1).tolist(), (y + 0.5).round(1).tolist(), strict=True)
        shapes.append(tuple(corner for corner, _ in groupby(corners)))
    if given["box"] or given["lasso"]:
        st.session_state[_DRAG] = "lasso" if given["lasso"] else "select"
        region = Region(mask)
        note_shapes(region, shapes)
        put_region(region)


def _touched(start: float, stop: float, count: int) -> slice:
    first, last = math.floor(start + 0.5), math.floor(stop + 0.5)
    return slice(max(first, 0), max(min(last + 1, count), 0))


def _finite(values: list[float]) -> list[float]:
    return [float(value) for value in values if math.isfinite(float(value))]
