"""One picture at every δ, as in Figure 7: a row of pictures, a chart, a comparator, the numbers."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.sweeps.request import SweepPoint, SweepReport, SweepRequest
from sparsefool.data.pictures import Picture
from sparsefool.data.specs import FIGURE_7
from sparsefool.formats import percent
from sparsefool.view.components.comparator import show_comparator
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.perceptibility.map_charts import percent_text
from sparsefool.view.perceptibility.row_chart import row_figure
from sparsefool.view.perceptibility.sweeps import show_facts, show_sweep
from sparsefool.view.shared.charts import show_chart
from sparsefool.view.shared.controls.attack_address import open_attack_page
from sparsefool.view.shared.glossary import entries, explain, explain_columns
from sparsefool.view.shared.palette import GREY, rgb
from sparsefool.view.shared.picture_rows import Shown, Tile, show_tiles
from sparsefool.view.shared.pictures import Change
from sparsefool.view.shared.widgets import choose_one
from sparsefool.view.shared.wording import glued, with_article

AT = "at"
"""Key of the choice of δ, and its query parameter."""

_COLUMNS = {
    **explain_columns(
        {
            "network sees": "label",
            "fooled": "fooled",
            "before rounding": "float32",
            "pixels": "pixel",
            "iterations": "iteration",
        }
    ),
    "δ": st.column_config.NumberColumn(format="%g", help=explain("delta")),
    "%": st.column_config.NumberColumn("% of pixels", format="%.3g"),
    "mean": st.column_config.NumberColumn("mean change", format="%.1f", help="Of the changed values."),
    "SSIM": st.column_config.NumberColumn(format="%.4f", help=explain("ssim")),
    "PSNR": st.column_config.NumberColumn("PSNR, dB", format="%.1f", help=explain("psnr")),
}

_SSIM = (
    f"{explain('ssim')} Gaussian window of 11 × 11 pixels with σ = 1.5, K₁ = 0.01, K₂ = 0.03, mean over "
    "the windows inside the picture and over the channels (Wang et al. 2004)."
)


def show_delta_row(controls: SweepControls) -> None:
    """Draw everything about the chosen picture; what is not stored is computed at once."""
    sample = controls.image.sample if controls.image else None
    finished = partial(_report, sample=sample)
    show_sweep("row_runs", controls, (controls.lambda_,), FIGURE_7, _unfinished, finished)


def finding(report: SweepReport) -> str:
    """Return what the row shows, as one or two sentences."""
    before, fooling = with_article(report.before.name), [point for point in report.points if point.success]
    if not fooling:
        return f"At every δ the network still sees {before}, with λ = {report.request.lambdas[0]:g}."
    total = report.request.picture.height * report.request.picture.width
    least, fewest = min(fooling, key=lambda each: each.delta), min(fooling, key=lambda each: each.pixels)
    first = (
        f"The network sees {before}. Changes of at most {least.delta:g} "
        f"level{'' if least.delta == 1 else 's'} fool it, in {least.pixels:,} of {total:,} pixels"
    )
    if fewest.pixels == least.pixels:
        return f"{first}."
    return f"{first}; with changes of up to {fewest.delta:g}, {fewest.pixels:,} pixels are enough."


def _report(report: SweepReport, sample: Sample | None) -> None:
    st.subheader(glued(finding(report)), anchor=False)
    if not any(point.success for point in report.points):
        st.warning("Raise λ, or allow more iterations under Advanced.", title="No image was fooled")
    options = [f"{point.delta:g}" for point in report.points]
    at = st.session_state.get(AT) or st.query_params.get(AT)  # its choice is drawn below the tiles
    chosen = options.index(at) if at in options else len(options) - 1
    with saved_figure("delta_row", switches=True):
        _tiles(report.request, report.before.name, report.points, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        at = choose_one("Look closer at δ =", options, AT, default=options[-1])
        point = report.points[options.index(at)]
        if st.button("Open in Attack", icon=":material/blur_on:", key="open_attack"):
            open_attack_page(report.request.single(point.lambda_, point.delta), sample)
    show_chart(
        row_figure(report.points, point),
        key="row_chart",
        name="pixels over delta",
        alt="Changed pixels against δ, one mark for each picture above. "
        + "; ".join(f"δ = {each.delta:g}: {each.pixels:,}" for each in report.points),
    )
    _comparison(report, point)
    _table(report.points)
    show_facts(report)


def _unfinished(request: SweepRequest, points: Sequence[SweepPoint]) -> None:
    """Draw the tiles of a sweep that is being computed, with the room that the others will take."""
    st.subheader(f"{len(points)} of {len(request.grid)} pictures are done", anchor=False)
    _tiles(request, "", points, None)


def _tiles(request: SweepRequest, before: str, points: Sequence[SweepPoint], chosen: int | None) -> None:
    picture, found = request.picture, {point.delta: point for point in points}
    tiles = [Tile(((picture, f"The original: the network sees {before}."),), "Original", (f"!{before}",))]
    for number, delta in enumerate(request.deltas):
        point = found.get(delta)
        title = f"δ = {delta:g}" + (" · below" if number == chosen else "")
        tiles.append(_tile(picture, point, title) if point else _empty_tile(picture, title))
    show_tiles(tiles)


def _tile(picture: Picture, point: SweepPoint, title: str) -> Tile:
    alt = f"At δ = {point.delta:g} the network sees {point.after.name}."
    lines = (
        f"!{point.after.name}" if point.success else f"still {point.after.name}",
        f"{point.pixels:,} pixels, {percent_text(point.percent)}",
    )
    shown = Shown(point.adversarial, alt, Change(picture, point.adversarial))
    return Tile((shown,), title, lines)


def _empty_tile(picture: Picture, title: str) -> Tile:
    blank = np.full_like(picture.pixels, rgb(GREY)[0])
    return Tile(((Picture(blank, "not done yet"), f"{title}: not done yet."),), title, ("computing…",))


def _comparison(report: SweepReport, point: SweepPoint) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_comparator(
            report.request.picture, point.adversarial, report.before.name, point.after.name, "comparator"
        )
    with right:
        _numbers(point)
        st.caption(entries("ssim", "psnr"))


def _numbers(point: SweepPoint) -> None:
    finite = point.psnr != float("inf")
    numbers = (
        ("Pixels changed", f"{point.pixels:,}", f"{percent_text(point.percent)} of all", explain("pixel")),
        ("Network sees", point.after.name, f"{percent(point.after.confidence)} sure", explain("label")),
        ("Largest change", f"{point.max_change:.0f}", f"of {point.delta:g} levels", None),
        ("Mean change", f"{point.mean_change:.1f}", "levels", "Of the changed values."),
        ("SSIM", f"{point.ssim:.4f}", "1 if equal", _SSIM),
        ("PSNR", f"{point.psnr:.1f} dB" if finite else "∞", "∞ if equal", explain("psnr")),
    )
    columns = st.columns(2)
    for position, (label, value, more, explanation) in enumerate(numbers):
        columns[position % 2].metric(
            label, value, more, delta_color="off", delta_arrow="off", help=explanation
        )


def _table(points: Sequence[SweepPoint]) -> None:
    table = pd.DataFrame(
        {
            "δ": [point.delta for point in points],
            "network sees": [point.after.name for point in points],
            "fooled": [point.success for point in points],
            "before rounding": [point.success_float32 for point in points],
            "pixels": [point.pixels for point in points],
            "%": [point.percent for point in points],
            "largest": [round(point.max_change) for point in points],
            "mean": [point.mean_change for point in points],
            "SSIM": [point.ssim for point in points],
            "PSNR": [point.psnr for point in points],
            "iterations": [point.iterations for point in points],
        }
    )
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(
            table,
            hide_index=True,
            column_config=_COLUMNS,
            alt="For each δ: label, changed pixels, largest and mean change, SSIM, PSNR and iterations.",
        )
        st.caption(
            "Fooled: by the 8-bit picture, as it is saved; before rounding: by the attack's own result."
        )
