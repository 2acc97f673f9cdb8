"""The measure of drawn parts, in sentences and as a table."""

import math
import string
from collections.abc import Mapping, Sequence
from html import escape

from sparsefool.analysis.statistics import CONFIDENCE, FEWEST_FOR_MEAN
from sparsefool.backend.drawn_parts import PartMeasure
from sparsefool.data.annotations import OBJECT
from sparsefool.formats import interval, p_number, p_value, percent
from sparsefool.view.shared.parts.outlines import line_html
from sparsefool.view.shared.wording import is_plural

SIGNIFICANT = 1 - CONFIDENCE
"""A p-value below this is called more, or fewer, than chance gives."""

HOW_MEASURED = (
    "Enrichment: the share of the perturbed pixels that lie on the part, over the part's share of the area; "
    "pixels placed at random give 1. The area is that of the part *object* where one is drawn, and only "
    "pixels on it count; otherwise, and for the object itself, it is that of the image. p: how often pixels "
    "placed there at random, as many and 5,000 times, lie on the part as unevenly; two-sided, and corrected "
    "for the number of parts (Holm)."
)

_STYLE = (
    "padding:.2rem .5rem .2rem 0;border:0;border-bottom:1px solid rgba(128,128,128,.35);vertical-align:top"
)


def finding_of(measures: Sequence[PartMeasure], network: str = "") -> str:
    """Return the finding on the most telling part, as one sentence: the one with the smallest p-value.

    Args:
        measures: of all parts on one network.
        network: its title, where the sentence has to name it.
    """
    usable = [each for each in measures if each.n]
    if not usable:
        return "No perturbed pixel lies where a part could hold it, so there is nothing to measure."
    most = min(usable, key=lambda each: (each.part == OBJECT, each.found.random.p))
    found, whole = most.found, "the image" if most.of == "image" else f"the {most.of}"
    on, of_it = ("", whole) if most.of == "image" else (f" on {whole}", "it")
    covers, its = ("cover", "their") if is_plural(most.part) else ("covers", "its")
    start = f"{network}: of" if network else "Of"
    mean = f", in the mean over {most.n:,} pictures" if most.n > 1 else ""
    return (
        f"{start} the perturbed pixels{on}, {percent(found.share)} lie on the {literal(most.part)}, which "
        f"{covers} {percent(found.area)} of {of_it}: {_times(most)} times {its} share{mean}, "
        f"{_verdict(most)} ({p_value(found.random.p)})."
    )


def literal(text: str) -> str:
    """Return a text that a person has typed so that Markdown shows it as it is."""
    return "".join(f"\\{letter}" if letter in string.punctuation else letter for letter in text)


def measures_html(measures: Mapping[str, Sequence[PartMeasure]], names: Sequence[str]) -> str:
    """Return the measures as a table.

    Args:
        measures: by the title of the network; an empty title if there is only one.
        names: all parts, in the order of their colours.
    """
    several = any(title for title in measures)
    heads = [*(["Network"] if several else []), "Part", "Perturbed pixels", "Area", "Enrichment"]
    heads += (["95 % interval", "n"] if several else []) + ["p"]
    rows = "".join(
        _row(title if place == 0 else "", each, names, several)
        for title, found in measures.items()
        for place, each in enumerate(found)
    )
    cells = "".join(
        f'<th scope="col" style="{_STYLE};text-align:left;font-weight:600">{head}</th>' for head in heads
    )
    return (
        '<table style="border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"
    )


def rows_of(measures: Mapping[str, Sequence[PartMeasure]]) -> list[dict[str, object]]:
    """Return the measures as rows in whole numbers and plain words; what is not known is None."""
    return [
        {
            "network": title,
            "part": each.part,
            "n": each.n,
            "perturbed_pixels_inside": each.inside,
            "perturbed_pixels": each.total,
            "area_of": each.of,
            "share": _known(each.found.share),
            "area": _known(each.found.area),
            "enrichment": _known(each.enrichment.value),
            "enrichment_low": _known(each.enrichment.interval[0]),
            "enrichment_high": _known(each.enrichment.interval[1]),
            "p_random_places": _known(each.found.random.p),
        }
        for title, found in measures.items()
        for each in found
    ]


def _row(title: str, measure: PartMeasure, names: Sequence[str], several: bool) -> str:
    found = measure.found
    part = f"{line_html(names.index(measure.part))} {escape(measure.part)}"
    texts = [*([f"<b>{escape(title)}</b>"] if several else []), part]
    if measure.n:
        texts += [
            f"{measure.inside:,} of {measure.total:,} ({percent(found.share)})",
            f"{percent(found.area, 1)} of {measure.of}",
            f"<b>{_times(measure)}</b>",
        ]
        if several:
            texts += [
                interval(measure.enrichment, ".2f") or f"from {FEWEST_FOR_MEAN} pictures on",
                f"{measure.n:,}",
            ]
        texts.append(p_number(found.random.p))
    else:
        nothing = "no picture with a perturbed pixel that counts" if several else "nothing to measure here"
        texts.append(f'{nothing}</td><td colspan="{4 if several else 2}" style="{_STYLE}">')
    cells = "".join(f'<td style="{_STYLE}">{text}</td>' for text in texts)
    return f"<tr>{cells}</tr>"


def _times(measure: PartMeasure) -> str:
    return f"{measure.enrichment.value:.2f}"


def _verdict(measure: PartMeasure) -> str:
    if not measure.found.random.p < SIGNIFICANT:
        return "which chance could give"
    return "more than chance gives" if measure.found.random.gain.value > 0 else "fewer than chance gives"


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
