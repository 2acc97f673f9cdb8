"""The conclusions of the paper, tested on what is measured here."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sparsefool.analysis.paper_comparison import Measured
from sparsefool.analysis.paper_figures import PAPER_FIGURES, PaperFigure
from sparsefool.analysis.summaries import Summary
from sparsefool.zoo.specs import find_spec

ORDINARY, ROBUST = "cifar10/resnet18", "cifar10/resnet18-linf"
MANY_TIMES = 100
"""How many times as many forwards the one-pixel attack needs at least, by Section 4.2."""


@dataclass(frozen=True)
class Claim:
    """One conclusion, for one network.

    Attributes:
        model: the network here.
        text: the conclusion.
        paper: what the paper measured for it; empty where it has no such network.
        here: what was measured here.
        holds: whether the measurement here supports it; None where it cannot: seconds on a busy machine, or
            on two different ones.
    """

    model: str
    text: str
    paper: str
    here: str
    holds: bool | None


def check_claims(measured: Measured, busy: Collection[str] = ()) -> Sequence[Claim]:
    """Return the paper's conclusions on every network for which enough was measured.

    Args:
        measured: by network and attack.
        busy: data sets that were measured while other programs used the machine; their seconds do not count.
    """
    claims: list[Claim] = []
    for model in dict.fromkeys(model for model, _ in measured):
        of = {attack: summary for (name, attack), summary in measured.items() if name == model}
        if "SparseFool" in of:
            claims += _against_jsma(model, of, model.partition("/")[0] in busy)
            claims += _against_one_pixel(model, of)
            claims += _against_noise(model, of)
        claims += _clipping(model, of)
    return [*claims, *_robust(measured)]


def _against_jsma(model: str, of: dict[str, Summary], busy: bool) -> Iterator[Claim]:
    if "JSMA" in of:
        ours, jsma = of["SparseFool"], of["JSMA"]
        pixels, seconds = jsma.percent.value / ours.percent.value, jsma.seconds.value / ours.seconds.value
        paper = _paper(model, "JSMA"), _paper(model, "SparseFool")
        yield Claim(
            model,
            "JSMA changes more pixels than SparseFool",
            _times(*paper, "pixels"),
            f"{pixels:.1f} times",
            pixels > 1,
        )
        yield Claim(
            model,
            "JSMA takes longer than SparseFool",
            _times(*paper, "seconds"),
            f"{seconds:.1f} times, with {_passes(jsma)} passes for each image against {_passes(ours)}",
            None if busy or jsma.device != ours.device else seconds > 1,
        )


def _against_one_pixel(model: str, of: dict[str, Summary]) -> Iterator[Claim]:
    if "One-pixel attack" in of:
        ours, other = of["SparseFool"], of["One-pixel attack"]
        paper = _paper(model, "One-pixel attack"), _paper(model, "SparseFool")
        denser = _denser_in_the_paper(model.partition("/")[0], "One-pixel attack")
        pixels = other.percent.value / ours.percent.value
        missed = other.n - other.fooled
        yield Claim(
            model,
            f"The one-pixel attack changes {'more' if denser else 'fewer'} pixels than SparseFool",
            _times(*paper, "pixels"),
            f"{pixels:.2g} times over the {other.fooled} it fooled; {missed} of {other.n} not fooled",
            pixels > 1 if denser else pixels < 1,
        )
        forwards = other.forwards.value / ours.forwards.value
        yield Claim(
            model,
            f"The one-pixel attack needs at least {MANY_TIMES} times as many forwards",
            "2 orders of magnitude",
            f"{forwards:,.0f} times",
            forwards >= MANY_TIMES,
        )


def _against_noise(model: str, of: dict[str, Summary]) -> Iterator[Claim]:
    if "Random noise" in of:
        ours, noise = of["SparseFool"].fooling_rate, of["Random noise"].fooling_rate
        figure = _paper(model, "Random noise")
        yield Claim(
            model,
            "Random noise of the same size fools far less often than SparseFool",
            f"{figure.fooling_rate:g} % against 100 %" if figure else "",
            f"{100 * noise.value:.1f} % against {100 * ours.value:.1f} %",
            noise.interval[1] < ours.interval[0] / 2,
        )


def _clipping(model: str, of: dict[str, Summary]) -> Iterator[Claim]:
    free = of.get("ℓ1-DeepFool, unclipped")
    ways = (
        ("at the end", "ℓ1-DeepFool, clipped at the end", "almost 100 % falls to 13 % (VGG-16)"),
        ("inside the loop", "ℓ1-DeepFool, clipped inside", "does not improve the results"),
    )
    for where, title, said in ways:
        if free and title in of:
            clipped = of[title].fooling_rate
            yield Claim(
                model,
                f"Clipping {where} destroys most of ℓ1-DeepFool's fooling rate",
                said,
                f"{100 * free.fooling_rate.value:.0f} % falls to {100 * clipped.value:.0f} %",
                clipped.value < free.fooling_rate.value / 2,
            )


def _robust(measured: Measured) -> Iterator[Claim]:
    ordinary, robust = measured.get((ORDINARY, "SparseFool")), measured.get((ROBUST, "SparseFool"))
    if ordinary and robust:
        paper = _paper(ROBUST, "SparseFool"), _paper(ORDINARY, "SparseFool")
        ratio = robust.percent.value / ordinary.percent.value
        yield Claim(
            ROBUST,
            "The adversarially trained network needs more pixels, about twice as many",
            _times(*paper, "pixels"),
            f"{ratio:.1f} times",
            ratio > 1,
        )


def _passes(summary: Summary) -> str:
    return f"{summary.forwards.value:.0f} + {summary.backwards.value:.0f}"


def _paper(model: str, attack: str) -> PaperFigure | None:
    return next((each for each in PAPER_FIGURES if (each.model, each.attack) == (model, attack)), None)


def _denser_in_the_paper(dataset: str, attack: str) -> bool:
    """Return whether an attack changes more pixels than SparseFool on the paper's networks of a data set."""
    figures = [
        (each, _paper(each.model, "SparseFool"))
        for each in PAPER_FIGURES
        if each.attack == attack and find_spec(each.model).dataset == dataset
    ]
    return any((_ratio(*pair, "pixels") or 0) > 1 for pair in figures)


def _times(figure: PaperFigure | None, reference: PaperFigure | None, measure: str) -> str:
    ratio = _ratio(figure, reference, measure)
    return "" if ratio is None else f"{ratio:.2g} times"


def _ratio(figure: PaperFigure | None, reference: PaperFigure | None, measure: str) -> float | None:
    """Return one figure over the other; None where the paper lacks one of them."""
    values = [getattr(each, measure) for each in (figure, reference) if each]
    return float(values[0] / values[1]) if len(values) == 2 and None not in values else None
