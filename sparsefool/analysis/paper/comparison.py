"""The paper's figures beside those measured here, with a remark wherever they differ."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparsefool.analysis.paper.figures import PAPER_FIGURES, STAND_INS, PaperFigure
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.store.tables import Table
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import ModelSpec, find_spec

ROUNDING = 0.005
"""By how much the paper's figures may be rounded, in percent."""

STAND_IN_ATTACKS = (
    "SparseFool",
    "Random noise",
    "ℓ1-DeepFool, unclipped",
    "ℓ1-DeepFool, clipped at the end",
    "ℓ1-DeepFool, clipped inside",
)
"""What is shown of the first network that stands in for the paper's on ImageNet; of others if measured."""


@dataclass(frozen=True)
class PaperComparisonRow:
    """One attack on one network.

    Attributes:
        place: where in the paper.
        network: as the paper calls it, or the title of a network it does not have.
        attack: the attack's title.
        paper: the paper's figure; None where it has no such network.
        here: what was measured; None where nothing has been measured yet.
        parameters: of the attack here, such as ``λ = 1``; empty for the defaults.
        remark: how the two differ, or what to do to measure it.
        reasons: sentences of the remark that say why.
        stands_for: where there is no ``paper``, its figures of the networks that this one stands in for.
    """

    place: str
    network: str
    attack: str
    paper: PaperFigure | None
    here: Summary | None
    parameters: str
    remark: str
    reasons: Sequence[str] = ()
    stands_for: Sequence[PaperFigure] = ()

    @property
    def beside(self) -> Sequence[PaperFigure]:
        """The paper's figures to compare with."""
        return (self.paper,) if self.paper else self.stands_for


def compare_with_paper(tables: Mapping[str, Table]) -> Sequence[PaperComparisonRow]:
    """Return every figure of the paper beside what was measured, then the stand-in on ImageNet.

    Args:
        tables: of comparisons, by data set; those that are missing count as not measured yet.
    """
    measured = {
        (str(model), str(attack)): summary
        for table in tables.values()
        for (model, attack), summary in summarise_by(table.rows, ("model", "attack")).items()
    }
    settings = {key: value for table in tables.values() for key, value in _settings(table).items()}
    found = []
    for figure in PAPER_FIGURES:
        key = (figure.model, figure.attack)
        here, parameters = measured.get(key), settings.get(key, {})
        remark = how_to_measure(figure.model)
        if here:
            remark = f"{_remark(figure, here, parameters)} {_where(here, tables, figure.model)}".strip()
        words, reasons = in_words(parameters), _reasons(figure, here, parameters) if here else ()
        found.append(
            PaperComparisonRow(
                figure.place, figure.network, figure.attack, figure, here, words, remark, reasons
            )
        )
    for model, attack in itertools.product(STAND_INS, STAND_IN_ATTACKS):
        here, parameters = measured.get((model, attack)), settings.get((model, attack), {})
        if here or model == STAND_INS[0]:
            found.append(_stand_in(model, attack, here, parameters))
    return found


def _stand_in(
    model: str, attack: str, here: Summary | None, parameters: Mapping[str, Any]
) -> PaperComparisonRow:
    """Return an attack on a network in the place of the paper's on the same data set."""
    spec = find_spec(model)
    figures = [
        figure
        for figure in PAPER_FIGURES
        if figure.attack == attack and find_spec(figure.model).dataset == spec.dataset
    ]
    remark = _stood_for(figures) if here else how_to_measure(model)
    return PaperComparisonRow(
        "not in the paper",
        spec.title,
        attack,
        None,
        here,
        in_words(parameters),
        remark,
        _effort(here) if here and here.fooled < here.n else (),
        figures,
    )


def _stood_for(figures: Sequence[PaperFigure]) -> str:
    """Return a sentence with what the paper reports of the networks that another one stands in for."""
    reported = [
        f"{figure.network} {figure.fooling_rate:g} % fooled"
        + ("" if figure.pixels is None else f" with {figure.pixels:g} % of the pixels")
        for figure in figures
    ]
    return f"Stands in for the paper's networks{': ' if reported else ''}{', '.join(reported)}."


def _effort(here: Summary) -> Sequence[str]:
    """Return a sentence about the iterations of an attack that did not fool all images."""
    iterations = here.counts["iterations"]
    most = max(iterations)
    return (
        f"{sum(each == most for each in iterations)} of {here.n:,} images took {most:g} iterations, the most "
        f"that were taken (the mean is {here.iterations.value:.3g}); the median is of the "
        f"{here.fooled:,} that were fooled.",
    )


def how_to_measure(model: str) -> str:
    """Return the sentence with the commands that measure a network that has not been measured yet."""
    spec = find_spec(model)
    command = f"python -m sparsefool experiment comparison {spec.dataset}"
    if spec.download:
        command += f" --model {STAND_INS[0]} --model {model}"
    return f"Not measured yet: {_before(spec)}`{command} --ship`"


def in_words(parameters: Mapping[str, Any]) -> str:
    """Return an attack's parameters by the names that the paper gives them."""
    names = {"lambda_": "λ", "delta": "δ", "max_pixels": "at most k", "max_iter": "iterations"}
    known = {name: value for name, value in parameters.items() if name in names}
    return ", ".join(f"{names[name]} = {value:g}" for name, value in known.items())


def _before(spec: ModelSpec) -> str:
    if is_available(spec.name):
        return ""
    if spec.download:
        return f"downloads {spec.megabytes} MB: "
    return f"`python -m sparsefool train {spec.name}`, then "


def _settings(table: Table) -> dict[tuple[str, str], dict[str, Any]]:
    runs = table.provenance.get("description", {}).get("runs", ())
    return {(run["model"], run["name"]): dict(run["parameters"]) for run in runs}


def _remark(figure: PaperFigure, here: Summary, parameters: Mapping[str, Any]) -> str:
    remarks = [
        _difference("Fooling rate", figure.fooling_rate, here.fooling_rate.times(100)),
        _difference("Pixels", figure.pixels, here.percent),
        *_reasons(figure, here, parameters),
    ]
    return " ".join(remark for remark in remarks if remark)


def _reasons(figure: PaperFigure, here: Summary, parameters: Mapping[str, Any]) -> Sequence[str]:
    """Return what makes a figure here differ from the paper's, a sentence each."""
    remarks = []
    if figure.pixels != figure.median_pixels:
        remarks.append("The paper gives the mean of the pixels, here it is the median.")
    if "max_pixels" in parameters and here.fooled < here.n:
        remarks.append(
            f"The search ended at {parameters['max_pixels']} pixels; {here.n - here.fooled} of {here.n} "
            "images would have needed more, so the median is of the easier ones."
        )
    if here.met_behind > here.n / 20:
        remarks.append(
            f"On {here.met_behind} of {here.n:,} images a boundary that was found lay behind the image and "
            f"was mirrored ahead of it; the others' median is {here.percent_without:.2g} %."
        )
    return remarks


def _difference(what: str, paper: float | None, here: Estimate) -> str:
    if paper is None or math.isnan(here.value):
        return ""
    if math.isnan(here.interval[0]):
        return f"{what}: too few images to compare."
    if lies_within(paper, here):
        return f"{what}: the paper's lies within the interval."
    return f"{what}: {'higher' if here.value > paper else 'lower'} here."


def lies_within(paper: float, here: Estimate) -> bool:
    """Return whether a figure of the paper, in percent and rounded, lies within the interval of one here."""
    low, high = here.interval
    return low - ROUNDING <= paper <= high + ROUNDING


def _where(here: Summary, tables: Mapping[str, Table], model: str) -> str:
    """Return a sentence with the device if a data set's attacks were measured on several; else nothing."""
    several = len(tables[find_spec(model).dataset].provenance.get("devices", ())) > 1
    return f"Measured on {here.device}." if several and here.device else ""
