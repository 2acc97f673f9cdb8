"""What the pages show: their tables, sentences and charts, and whether a text agrees with a figure."""

import json
import math
import re
from functools import cache

from streamlit.testing.v1 import AppTest

from tests.independent.figures import Figure
from tests.independent.rows import ROOT

NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?|not reached")


@cache
def page(name: str, *address: tuple[str, str]) -> AppTest:
    """A page of the app at an address, as it opens."""
    shown = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    shown.switch_page(f"pages/{name}.py")
    for key, value in address:
        shown.query_params[key] = value
    return _opened(shown)


@cache
def regions_findings(dataset: str) -> AppTest:
    """What the page and its report say of activation maps and of the pixels that networks share."""

    def draw(dataset):
        import streamlit as st

        from sparsefool.analysis.overlap import overlaps_of
        from sparsefool.experiments.paper.experiments import paper_regions
        from sparsefool.view.regions.activation.maps import show_stored_maps
        from sparsefool.view.regions.networks.overlaps import overlap_figure, overlap_sentences
        from sparsefool.view.shared.experiments import find_result
        from sparsefool.view.shared.page import page_frame

        with page_frame():
            show_stored_maps(dataset)
            found = overlaps_of(find_result(paper_regions(dataset)).table.rows)
            if found:
                st.plotly_chart(overlap_figure(found))
                st.markdown("\n".join(f"- {line}" for line in overlap_sentences(found)))

    return _opened(AppTest.from_function(draw, args=(dataset,), default_timeout=120))


@cache
def regions_classes(dataset: str) -> AppTest:
    """What the page Regions shows of fooling classes."""

    def draw(dataset):
        from sparsefool.view.regions.classes.by_fooling_class import show_classes
        from sparsefool.view.shared.page import page_frame

        with page_frame():
            show_classes(dataset)

    return _opened(AppTest.from_function(draw, args=(dataset,), default_timeout=120))


def words(shown: AppTest) -> str:
    return "\n".join(each.value for each in [*shown.subheader, *shown.markdown, *shown.caption])


def sentences(shown: AppTest) -> list[str]:
    """The lines of all lists."""
    lines = "\n".join(each.value for each in shown.markdown).splitlines()
    return [line.removeprefix("- ") for line in lines if line.startswith("- ")]


def charts(shown: AppTest) -> list[dict]:
    """The plotly figures, in the page's order."""
    return [json.loads(each.proto.spec) for each in shown.get("plotly_chart")]


def lines_of_attacks(shown: AppTest) -> list[dict]:
    """The lines of the table of attacks, by its headings, with the network in whose group each stands."""
    html = next(each.proto.body for each in shown.get("html") if '<div class="comparison"' in each.proto.body)
    headings = [re.sub("<.*?>", "", each) for each in re.findall(r'<th scope="col">(.*?)</th>', html)]
    found = []
    for group in re.findall(r"<tbody>(.*?)</tbody>", html):
        (network,) = re.findall(r'<th scope="rowgroup"[^>]*>(.*?)</th>', group)
        for line in re.findall(r'<tr><th scope="row">.*?</tr>', group):
            cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)
            found.append({"Network": network, **dict(zip(headings, map(_plain, cells), strict=True))})
    return found


def _plain(cell: str) -> str:
    """A cell's text, with its interval in brackets and without the sign of a device."""
    text = re.sub("[¹²³⁴⁵⁶⁷⁸⁹]", "", cell)
    return text.replace("<small>", " (").replace("</small>", ")")


def trace(chart: dict, name: str) -> dict:
    (found,) = (each for each in chart["data"] if each.get("name") == name)
    return found


def numbers(text: str) -> list[tuple[float, float]]:
    """The numbers of a text, each with half a unit of its last digit; infinity where it is not reached."""
    found = []
    for word in NUMBER.findall(text.replace("−", "-")):
        decimals = len(word.partition(".")[2])
        value = math.inf if word == "not reached" else float(word.replace(",", ""))
        found.append((value, 0.5 * 10**-decimals))
    return found


def agrees(text: str, figure: Figure) -> bool:
    """Whether a text gives a number and, in brackets, its interval, as they are rounded there."""
    if math.isnan(figure.value):
        return text.strip("* ") == "–"
    found = numbers(text)
    if len(found) != (3 if figure.has_interval else 1):
        return len(found) == 1 and math.isinf(found[0][0]) and math.isinf(figure.value)
    ends = [(figure.value, figure.value), figure.low, figure.high][: len(found)]
    return all(_between(value, half, *end) for (value, half), end in zip(found, ends, strict=True))


def within(value: float, end: tuple[float, float]) -> bool:
    """Whether a number that is not rounded is what it should be."""
    return _between(value, 1e-9 * max(1, abs(value)), *end)


def bars_agree(drawn: dict, figures: list[Figure], axis: str = "x") -> bool:
    """Whether the dots of a trace, and their error bars, are these figures."""
    bars = drawn[f"error_{axis}"]
    dots = zip(drawn[axis], bars["arrayminus"], bars["array"], figures, strict=True)
    return all(_dot_agrees(*dot) for dot in dots)


def _dot_agrees(x: float | None, below: float | None, above: float | None, figure: Figure) -> bool:
    if x is None or math.isnan(figure.value):
        return x is None and math.isnan(figure.value)
    if not figure.has_interval:
        return within(x, (figure.value, figure.value)) and not below and not above
    return (
        within(x, (figure.value, figure.value))
        and within(x - below, figure.low)
        and within(x + above, figure.high)
    )


def _between(value: float, half: float, low: float, high: float) -> bool:
    if math.isinf(value) or math.isinf(low):
        return value in (low, high)
    return low - half * 1.0001 <= value <= high + half * 1.0001


def _opened(shown: AppTest) -> AppTest:
    shown.run()
    assert not shown.exception
    return shown
