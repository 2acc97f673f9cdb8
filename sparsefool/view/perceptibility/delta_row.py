"""One picture at every δ, as in Figure 7: a row of adversarial pictures, a comparator, and the numbers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.sweep_request import SweepPoint, SweepReport
from sparsefool.backend.sweep_run import run_sweep
from sparsefool.data.specs import FIGURE_7
from sparsefool.errors import SparseFoolError
from sparsefool.view.components.comparator import show_comparator
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.shared.controls.attack import open_attack_page, show_no_picture
from sparsefool.view.shared.picture_rows import Shown, Tile, show_tiles
from sparsefool.view.shared.pictures import Change
from sparsefool.view.shared.query_parameters import choose_one
from sparsefool.view.shared.runs import session_runs
from sparsefool.view.shared.status import result_container, show_status

_COLUMNS = {
    "δ": st.column_config.NumberColumn(format="%g"),
    "%": st.column_config.NumberColumn("% of pixels", format="%.3g"),
    "mean": st.column_config.NumberColumn("mean change", format="%.1f", help="Of the changed values."),
    "SSIM": st.column_config.NumberColumn(format="%.4f"),
    "PSNR": st.column_config.NumberColumn("PSNR, dB", format="%.1f"),
}

_SSIM = (
    "Structural similarity: Gaussian window of 11 × 11 pixels with σ = 1.5, K₁ = 0.01, K₂ = 0.03, mean over "
    "the windows inside the picture and over the channels (Wang et al. 2004)."
)


def show_delta_row(controls: SweepControls) -> None:
    """Draw everything about the chosen picture; a change of λ or of the picture starts a run."""
    if controls.image is None:
        show_no_picture(controls.problem)
        return
    runs = session_runs("row_runs", run_sweep)
    try:
        request = controls.request((controls.lambda_,), FIGURE_7)
    except SparseFoolError as error:
        st.error(str(error), title="This cannot be run")
        return
    runs.submit(request)
    show_status(runs)
    report = runs.report_on(request)
    if report is None:
        return
    with result_container(runs.current):
        _finding(report)
        _row(report)
        _comparison(report, controls.image.sample)
        _table(report.points)


def _finding(report: SweepReport) -> None:
    fooling = [point for point in report.points if point.success]
    lambda_ = report.request.lambdas[0]
    if fooling:
        least = min(point.delta for point in fooling)
        finding = (
            f"{report.before.name}: the smallest δ that fools the network is {least:g} (λ = {lambda_:g})"
        )
        st.subheader(finding, anchor=False)
    else:
        st.subheader(f"{report.before.name}: not fooled at any δ, with λ = {lambda_:g}", anchor=False)
        st.warning("Raise λ, or allow more iterations under Advanced.", title="No image was fooled")
    st.caption(
        f"{len(report.points)} attacks in one batch that share the first linearisation: {report.forwards:,} "
        f"forward and {report.backwards:,} backward passes, {report.seconds:.2g} s on {report.device}. The "
        "pictures are the 8-bit images that the network was given."
    )


def _row(report: SweepReport) -> None:
    before = report.before.name
    with saved_figure("delta_row", switches=True):
        show_tiles(
            Tile(
                (
                    Shown(
                        point.adversarial,
                        f"At δ = {point.delta:g} the network sees {point.after.name}.",
                        Change(report.request.picture, point.adversarial),
                    ),
                ),
                f"δ = {point.delta:g}",
                (
                    f"!{point.after.name}" if point.success else f"still {before}",
                    f"{point.percent:.3g} % of pixels",
                ),
            )
            for point in report.points
        )


def _comparison(report: SweepReport, sample: Sample | None) -> None:
    options = [f"{point.delta:g}" for point in report.points]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = choose_one("Compare the original with δ =", options, "at", default=options[-1])
        point = report.points[options.index(chosen)]
        if st.button("Open in Attack", icon=":material/blur_on:", key="open_attack"):
            open_attack_page(report.request.single(point.lambda_, point.delta), sample)
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_comparator(
            report.request.picture, point.adversarial, report.before.name, point.after.name, "comparator"
        )
    with right:
        _numbers(point)


def _numbers(point: SweepPoint) -> None:
    finite = point.psnr != float("inf")
    numbers = (
        ("Pixels changed", f"{point.pixels:,}", f"{point.percent:.3g} % of all", None),
        ("Network sees", point.after.name, f"{point.after.confidence:.1%} confidence", None),
        ("Largest change", f"{point.max_change:.0f} levels", f"of {point.delta:g} allowed", None),
        ("Mean change", f"{point.mean_change:.1f} levels", "of changed values", None),
        ("SSIM", f"{point.ssim:.4f}", "1 if identical", _SSIM),
        ("PSNR", f"{point.psnr:.1f} dB" if finite else "∞", "peak 255", None),
    )
    left, right = st.columns(2)
    for position, (label, value, more, explanation) in enumerate(numbers):
        (left, right)[position % 2].metric(
            label, value, more, delta_color="off", delta_arrow="off", help=explanation
        )


def _table(points: Sequence[SweepPoint]) -> None:
    table = pd.DataFrame(
        {
            "δ": [point.delta for point in points],
            "network sees": [point.after.name for point in points],
            "fooled": [point.success for point in points],
            "in float32": [point.success_float32 for point in points],
            "pixels": [point.pixels for point in points],
            "%": [point.percent for point in points],
            "largest": [round(point.max_change) for point in points],
            "mean": [point.mean_change for point in points],
            "SSIM": [point.ssim for point in points],
            "PSNR": [point.psnr for point in points],
            "iterations": [point.iterations for point in points],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config=_COLUMNS,
        alt="For each δ: label, changed pixels, largest and mean change, SSIM, PSNR and iterations.",
    )
