"""Downloads of a result, and how to reproduce it."""

import re
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from sparsefool.backend.attack.files import perturbation_npz, result_json
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.reproduction import Sample, command_line, python_program
from sparsefool.data.pictures import Picture
from sparsefool.view.attack.finding import headline, size_in_words
from sparsefool.view.attack.tabs.pixel_chart import pixel_figure
from sparsefool.view.attack.tabs.trajectory_chart import trajectory_figure
from sparsefool.view.components.picture import report_layer
from sparsefool.view.shared.downloads import (
    offer_download,
    offer_report,
    report_chart,
    report_code,
    report_json,
    report_page,
)
from sparsefool.view.shared.picture_rows import Figure, row_html
from sparsefool.view.shared.pictures import Change, mark_changes, repeat
from sparsefool.view.shared.widgets import number_input

USUAL_SIDE, LONGEST_SIDE = 1024, 4096
"""Longer side in pixels of an enlarged picture: about as usual, and at most."""


def show_downloads(report: AttackReport, sample: Sample | None) -> None:
    """Draw the downloads and how to reproduce the result.

    Args:
        report: the result.
        sample: the sample that its picture is; None for a user's own picture.
    """
    name = _file_name(report)
    with st.container(horizontal=True, gap="small"):
        offer_download(
            "Adversarial picture", report.adversarial.png(), f"{name}-adversarial.png", "image/png"
        )
        original = report.request.picture.png()
        offer_download("Original picture", original, f"{name}-original.png", "image/png")
        npz = perturbation_npz(report)
        offer_download("Perturbation", npz, f"{name}-perturbation.npz", "application/octet-stream")
        offer_download("Result", result_json(report).encode(), f"{name}-result.json", "application/json")
        if report.request.region is not None:
            mask = report.request.region.picture().png()
            offer_download("Pixels that may change", mask, f"{name}-region.png", "image/png")
    _offer_enlarged(report, name)
    offer_report(partial(attack_html, report, sample), f"{name}-report.html")
    st.caption(
        "The adversarial PNG is exactly the picture that the network was given; enlarged, every pixel is a "
        "square of equal pixels, for slides and print. The NPZ holds the changed "
        "values and the float32 perturbation, the JSON everything that is needed to reproduce the result."
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**From the command line**, with the files downloaded above")
        command = command_line(report, f"{name}-original.png", f"{name}-region.png")
        st.code(command, language=None, wrap_lines=True)
        st.markdown("**From Python**, " + ("with that original" if sample is None else "ready to run"))
        st.code(python_program(report, sample, f"{name}-original.png"), wrap_lines=True)
    with right:
        st.markdown("**Everything that the result depends on**")
        st.json(report.provenance(), expanded=1)


def _offer_enlarged(report: AttackReport, name: str) -> None:
    """Draw the choice of a factor and the buttons for the pictures enlarged by it."""
    side = max(report.adversarial.height, report.adversarial.width)
    most = max(LONGEST_SIDE // side, 2)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        usual = min(max(USUAL_SIDE // side, 2), most)
        times = number_input("Enlarge pictures, times", 2, most, usual, "enlarge", width=180)
        for what, picture in (("adversarial", report.adversarial), ("original", report.request.picture)):
            offer_download(
                f"{what.capitalize()}, {times} times larger",
                partial(_enlarged_png, picture, times),
                f"{name}-{what}-{times}x.png",
                "image/png",
            )


def _enlarged_png(picture: Picture, times: int) -> bytes:
    return repeat(picture, times).png()


def _file_name(report: AttackReport) -> str:
    stem = report.request.picture.name.rsplit(".", 1)[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)[:40] or "picture"


def attack_html(report: AttackReport, sample: Sample | None) -> str:
    """Return the findings of the Attack page as one HTML file."""
    before, after = report.request.picture, report.adversarial
    pictures = (
        Figure(
            before,
            f"The original, which the network calls {report.before.name}.",
            "Original",
            (report.before.name,),
        ),
        Figure(
            after,
            f"The result, which the network calls {report.after_8bit.name}.",
            "Result",
            (report.after_8bit.name,),
            change=Change(before, after),
        ),
        Figure(
            mark_changes(before, after),
            f"The {report.change_8bit.pixels} changed pixels in yellow.",
            "Changed pixels",
            (size_in_words(report),),
            change=Change(before, after),
        ),
    )
    last = len(report.steps) - 1
    charts = [("Pixels", pixel_figure(report, after))]
    if last > 0:
        charts.insert(0, ("Trajectory", go.Figure(trajectory_figure(report, last))))
    original = "original.png"
    return report_page(
        headline(report),
        [
            report_layer(),
            row_html(pictures),
            *(report_chart(title, figure) for title, figure in charts),
            report_code("A program that reproduces this result", python_program(report, sample, original)),
            report_code("Everything that the result depends on", report_json(report.summary())),
        ],
    )
