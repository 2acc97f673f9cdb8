"""On which parts the perturbations fall, such as heads and wings (Section 4.2): the stored finding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import streamlit as st

from sparsefool import paths
from sparsefool.analysis.findings.parts import PART_FINDINGS, PartFinding
from sparsefool.analysis.findings.robustness import read_variants
from sparsefool.backend.exports.findings import parts_csv, parts_latex
from sparsefool.data.annotations import OBJECT
from sparsefool.data.specs import find_dataset
from sparsefool.errors import SparseFoolError, StoreError
from sparsefool.experiments.annotated import SETTINGS
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.activation.maps import show_stored_maps
from sparsefool.view.regions.parts.chart import part_figure
from sparsefool.view.regions.parts.examples import (
    LARGEST,
    SMALLEST,
    Example,
    examples_of,
    show_examples,
)
from sparsefool.view.regions.parts.texts import (
    METHOD,
    numbers,
    part_finding,
    part_title,
    setting_title,
    variants_sentence,
    verdict_sentence,
)
from sparsefool.view.regions.report import parts_html
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.downloads import offer_report, offer_table
from sparsefool.view.shared.page import PROSE
from sparsefool.view.shared.widgets import choose_one, select
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

T = TypeVar("T")

CHOICES = ("parts_of", "parts_attack", "parts_count", "parts_network", "part", "examples")
"""Keys of the choices of this tab."""

_OF, _ATTACK, _COUNT, _NETWORK, _PART, _EXAMPLES = CHOICES
ONCE, BY_CHANGE = "once", "by its change"
FIRST_PART = "head"


@dataclass(frozen=True)
class PartChoice:
    """The chosen finding, and those on all parts and networks with the same attack and kind of picture."""

    finding: PartFinding
    beside: tuple[PartFinding, ...]


def show_finding(dataset: str) -> None:
    """Draw what was found on a data set: on parts, or on activation maps where no parts are annotated."""
    if not find_dataset(dataset).annotations:
        title = find_dataset(dataset).title
        st.caption(f"{title}'s pictures have no parts such as a head: this is about where its networks look.")
        show_stored_maps(dataset)
        return
    try:
        findings = PART_FINDINGS.read(dataset)
    except StoreError as error:
        st.error(str(error), title="The stored finding cannot be read")
        return
    head, chart = st.container(), st.container()
    choice = _choose(findings)
    with head:
        st.subheader(glued(part_finding(choice.finding)), anchor=False)
        st.markdown(glued(verdict_sentence(choice.finding)))
    with chart:
        show_chart(
            part_figure(choice.beside),
            key="part_chart",
            name="enrichment of parts",
            alt=" ".join(map(part_finding, choice.beside)),
        )
    examples = _show_examples(choice.finding)
    _show_numbers(choice, dataset, examples)


def _choose(findings: Sequence[PartFinding]) -> PartChoice:
    """Draw the choice of pictures, attack, network and part, and return what was found."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = choose_one("Pictures", _distinct(each.kind for each in findings), _OF)
        own = [each for each in findings if each.kind == kind]
        settings = [name for name in SETTINGS if any(each.setting == name for each in own)]
        setting = choose_one("Attack", settings, _ATTACK, setting_title)
        counts = [BY_CHANGE if each else ONCE for each in _distinct(each.weighted for each in own)]
        count = choose_one("Each pixel counts", sorted(counts, reverse=True), _COUNT)
    own = [each for each in own if each.setting == setting and each.weighted == (count == BY_CHANGE)]
    models = _distinct(each.model for each in own)
    left, right = st.columns(2)
    with left:
        model = select("Network", models, _NETWORK, lambda name: find_spec(name).title)
    parts = sorted(_distinct(each.found.part for each in own), key=lambda part: part != FIRST_PART)
    parts = [part for part in parts if part != OBJECT] + [OBJECT]
    with right:
        part = select("Part", parts, _PART, lambda name: part_title(name, kind))
    chosen = [each for each in own if each.model == model and each.found.part == part]
    if not chosen:
        chosen = [each for each in own if each.model == model]
        st.caption(f"No picture with {part} fools {find_spec(model).title}: shown is another part.")
    return PartChoice(chosen[0], tuple(own))


def _distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _show_examples(finding: PartFinding) -> Sequence[Example]:
    part = part_title(finding.found.part, finding.kind)
    part = part if finding.found.part == OBJECT else f"the {part}"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(
            f"**Examples** that come with the app, by the pixels on {part} beyond what its area explains",
            width="content",
        )
        order = choose_one("First", (LARGEST, SMALLEST), _EXAMPLES, label_visibility="collapsed")
    try:
        examples = examples_of(finding, order == LARGEST)
    except SparseFoolError as error:
        st.error(str(error), title="The examples cannot be shown")
        return ()
    if not examples:
        st.info("The pictures of this finding are photographs that do not come with the app.")
        return ()
    with saved_figure("part_examples", switches=True):
        show_examples(examples)
    return examples


def _show_numbers(choice: PartChoice, dataset: str, examples: Sequence[Example]) -> None:
    name = f"sparsefool-parts-{dataset}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        choose_chart_format()
        offer_table(name, lambda: parts_csv(choice.beside), lambda: parts_latex(choice.beside))
        offer_report(partial(parts_html, choice.finding, choice.beside, examples), f"{name}-report.html")
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(
            numbers(choice.beside),
            hide_index=True,
            alt="For each network and part: n, shares, how many times as many, p-values.",
        )
    with st.container(key=f"{PROSE}_parts"), st.expander("How it is measured", icon=":material/straighten:"):
        st.markdown(METHOD)
        st.markdown(glued(variants_sentence(choice.finding, _variants(choice.finding, dataset))))


def _variants(finding: PartFinding, dataset: str) -> Mapping[str, PartFinding]:
    """Return the finding on other annotations of the same pictures, where it is stored."""
    if not (paths.FINDINGS / f"part-variants-{dataset}.parquet").is_file():
        return {}
    what = (finding.model, finding.setting, finding.weighted, finding.kind, finding.found.part)
    return {
        name: each
        for name, found in read_variants(dataset).items()
        for each in found
        if (each.model, each.setting, each.weighted, each.kind, each.found.part) == what
    }
