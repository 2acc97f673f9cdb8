"""Your pictures: the parts that this session has drawn, on several networks; at first, an example."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice

import pandas as pd
import streamlit as st

from sparsefool.analysis.findings.parts import shipped_annotations
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.drawn_parts import Masks, PartsReport, PartsRequest, run_parts
from sparsefool.backend.exports.tables import csv_table
from sparsefool.backend.models import picture_for
from sparsefool.backend.networks import NetworksRequest, finished_reports
from sparsefool.data.annotation_writing import annotation_line
from sparsefool.data.galleries import GALLERY_SIZE
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import find_dataset
from sparsefool.errors import SparseFoolError
from sparsefool.formats import counted
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.controls import attack_requests
from sparsefool.view.shared.controls.advanced import choose_advanced
from sparsefool.view.shared.controls.attack import choose_delta, choose_lambda
from sparsefool.view.shared.controls.network import choose_networks, dataset_title
from sparsefool.view.shared.downloads import offer_download
from sparsefool.view.shared.page import go_to
from sparsefool.view.shared.parts.files import show_parts_file
from sparsefool.view.shared.parts.numbers import HOW_MEASURED, finding_of, literal, measures_html, rows_of
from sparsefool.view.shared.parts.outlines import contours_of, parts_legend
from sparsefool.view.shared.parts.session import DrawnPicture, drawn_pictures
from sparsefool.view.shared.picture_rows import Figure, row_html, row_side
from sparsefool.view.shared.pictures import Change, mark_changes
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.status import earlier_result, result_container, run_button, show_status
from sparsefool.zoo.specs import find_spec

MOST_NETWORKS = 4
MOST_DRAWN = 12
"""Pictures that are shown; all are measured."""

ABOUT = (
    "Does the network look at the face, the wheels, the background? Outline what you ask about on the Attack "
    "page and give it a name. Here you then see how many of the perturbed pixels lie on it, on several "
    "networks, and whether chance would put as many there."
)

ABOUT_INTERVALS = (
    f"Only pictures that fool a network count for it. From {FEWEST_FOR_MEAN} of them on there is a 95 % "
    "interval, a bootstrap's over pictures: of fewer it would hold too seldom."
)


def show_your_pictures(dataset: str) -> None:
    """Draw the parts that were drawn on pictures of a data set, and what they hold on several networks."""
    drawn = [each for each in drawn_pictures() if each.dataset == dataset]
    runs = session_runs("parts_runs", run_parts, alone=True, experiment=True)
    runs.collect()
    with st.sidebar:
        request, problem = _choose(dataset, drawn or _example(dataset))
    if not drawn:
        st.markdown(ABOUT)
    st.markdown(_inventory(drawn, dataset))
    buttons = st.container(horizontal=True, gap="small")
    if drawn:
        known = runs.report is not None and runs.completed == request
        with buttons:
            run_button("Attack and measure", runs, request, done=known)
    if buttons.button("Draw parts on the Attack page", icon=":material/draw:", key="draw_parts"):
        address = {"data": dataset_title(dataset), "view": "Region"}
        go_to("pages/attack.py", address, address)
    if drawn:
        _show_run(runs, known, problem)
    elif request is not None:
        _show_example(request, dataset)
    show_parts_file()


def _example(dataset: str) -> list[DrawnPicture]:
    """Return the sample on which most parts were outlined beforehand, if there is one."""
    every = shipped_annotations(dataset)
    samples = [each for each in every if isinstance(each.image, int) and each.image < GALLERY_SIZE]
    if not samples:
        return []
    return [DrawnPicture(max(samples, key=lambda each: len(each.parts)), dataset)]


def _show_example(request: PartsRequest, dataset: str) -> None:
    """Draw what is measured on a picture whose attacks are stored, whatever λ and δ are set to."""
    lambda_ = find_dataset(dataset).paper_lambda
    runs = [[replace(run, lambda_=lambda_, delta=255.0) for run in row] for row in request.images.runs]
    images = replace(request.images, runs=tuple(map(tuple, runs)))
    if all(chain.from_iterable(finished_reports(images))):
        st.markdown(f"An example with λ = {lambda_:g} and δ = 255, whose parts we have outlined:")
        _show(run_parts(replace(request, images=images)))
    else:
        st.caption("An example is stored for the networks and the limits with which this page opens.")


def _choose(dataset: str, drawn: Sequence[DrawnPicture]) -> tuple[PartsRequest | None, str]:
    """Draw the controls; return what to run, or why there is nothing to."""
    models = choose_networks(dataset, "networks", most=MOST_NETWORKS, first=MOST_NETWORKS)
    lambda_, delta, advanced = choose_lambda(dataset), choose_delta(), choose_advanced()
    if not models or not drawn:
        return None, "Choose at least one network."
    try:
        pictures = [[_picture(each, model) for model in models] for each in drawn]
        runs = attack_requests(models, pictures, lambda_, delta, advanced)
        images = NetworksRequest(runs, tuple(each.annotation.class_name for each in drawn))
    except SparseFoolError as error:
        return None, str(error)
    return PartsRequest(images, tuple(annotation_line(each.annotation) for each in drawn)), ""


def _picture(drawn: DrawnPicture, model: str) -> Picture:
    """Return a picture as a network takes it; an own one is scaled from the size in which it was opened."""
    number = drawn.annotation.image
    if drawn.picture is None and isinstance(number, int):
        size = find_spec(model).input_size
        return picture_for(model, load_samples(drawn.annotation.dataset, size).picture(number))
    assert drawn.picture is not None  # one with a name has a data set only once it has been seen
    return picture_for(model, drawn.picture)


def _inventory(drawn: Sequence[DrawnPicture], dataset: str) -> str:
    """Return what there is to measure, and what there is not."""
    unseen = [str(each.annotation.image) for each in drawn_pictures() if not each.dataset]
    parts = sum(len(each.annotation.parts) for each in drawn)
    if drawn:
        text = f"**{counted(parts, 'part')} of {counted(len(drawn), 'picture')}** of this session."
    else:
        text = f"No part has been drawn on a picture for the networks of {dataset_title(dataset)} yet."
    if unseen:
        more = ", …" if len(unseen) > 3 else ""
        text += f" Not opened on the Attack page yet, so left out: {literal(', '.join(unseen[:3]))}{more}."
    return text


def _show_run(runs: Runs[PartsRequest, PartsReport], known: bool, problem: str) -> None:
    """Draw the status and the last result, faded unless it is ``known`` to be what the controls ask for."""
    if problem:
        st.info(problem, title="Nothing to run yet")
    difference = "with other parts, networks or parameters"
    show_status(runs, earlier_result(runs, difference))
    if runs.report is not None and not known and not runs.running and runs.error is None:
        st.caption(f"Faded below: the earlier result, {difference}. Run again to replace it.")
    if runs.report is not None:
        with result_container(known):
            _show(runs.report)


def _show(report: PartsReport) -> None:
    measures = {find_spec(model).title: each for model, each in report.measures.items()}
    names = list(dict.fromkeys(name for row in report.masks for name in row[0]))
    pictures = zip(report.attacks, report.masks, report.request.images.truths, strict=True)
    rows = [row_html(_figures(*each, names), row_side()) for each in islice(pictures, MOST_DRAWN)]
    rest = len(report.attacks) - len(rows)
    with saved_figure("your_picture", switches=True):
        st.html(parts_legend(names))
        st.html(rows[0])
    for title, each in measures.items():
        if each:
            st.markdown(f"**{finding_of(each, title)}**")
        else:
            st.markdown(f"**No picture fools {title}, so there is nothing to measure.**")
    with st.container(key="parts_table"):
        st.html(measures_html(measures, names))
    st.caption(ABOUT_INTERVALS, help=HOW_MEASURED)
    table = pd.DataFrame(rows_of(measures))
    offer_download("Measures", csv_table(table), "sparsefool-parts.csv", "text/csv")
    if len(rows) > 1:
        with saved_figure("more_pictures", switches=True):
            for row in rows[1:]:
                st.html(row)
    if rest:
        st.caption(f"Measured too, but not shown: {counted(rest, 'picture')}.")


def _figures(
    attacks: Sequence[AttackReport], masks: Sequence[Masks], truth: str, names: Sequence[str]
) -> tuple[Figure, ...]:
    """Return the original and the perturbed pixels of each network, with the outlines of the parts."""
    first = attacks[0].request.picture
    original = Figure(
        first,
        f"The original picture {first.name}, with its parts outlined.",
        "Original",
        (truth or first.name,),
        contours_of(masks[0], names),
    )
    return original, *(_figure(report, here, names) for report, here in zip(attacks, masks, strict=True))


def _figure(report: AttackReport, masks: Masks, names: Sequence[str]) -> Figure:
    picture, title = report.request.picture, find_spec(report.request.model).title
    outcome = f"{report.before.name} → {report.after_8bit.name}" if report.success_8bit else "not fooled"
    pixels = counted(report.change_8bit.pixels, "pixel")
    return Figure(
        mark_changes(picture, report.adversarial),
        f"{title}: {outcome}, {pixels} perturbed, in yellow, with the parts outlined.",
        title,
        (outcome, pixels),
        contours_of(masks, names),
        Change(picture, report.adversarial),
    )
