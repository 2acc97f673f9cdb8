"""*Paper and here*: the conclusions and the tables beside the paper's, computed again from the rows."""

import math
import re

from tests.independent import figures, rows
from tests.independent.claims import conclusions, corrected
from tests.independent.rows import NETWORKS
from tests.independent.shown import agrees, numbers, page

VERDICTS = {"holds": True, "does not hold": False, "cannot be told": None}
PLACE = re.compile(r" \((Table \d|Section [\d.]+|not in the paper)\)$")


def tables():
    return page("comparison", ("data", "MNIST"), ("section", "Paper and here")).table


def lines_of_conclusions():
    return {(line["Network"], line["Conclusion"]): line for line in tables()[0].value.to_dict("records")}


def lines_of_figures():
    return tables()[1].value.to_dict("records")


def test_every_conclusion_that_can_be_checked_is_there_and_no_other():
    assert set(lines_of_conclusions()) == set(conclusions())


def test_what_is_measured_of_each_conclusion():
    expected, p_values = conclusions(), corrected(conclusions())
    for key, line in lines_of_conclusions().items():
        own, here = expected[key], line["Here"]
        measured, _, p_value = here.partition(", p ")
        if own.n == 0:
            assert measured in ("no image that both fool", "none fooled")
        elif " of " in measured.split("(")[0]:
            count, n, *_ = numbers(measured)
            assert (count[0], n[0]) == (own.count, own.n)
            assert agrees(measured.partition(" = ")[2], own.figure), line
        else:
            ratio, _, sample = measured.partition(", n = ")
            assert agrees(ratio, own.figure), line
            assert numbers(sample)[0][0] == own.n
        if own.passes:
            assert [value for value, _ in numbers(measured.rpartition(": ")[2])] == [
                round(each) for each in own.passes
            ]
        assert bool(p_value) == (key in p_values)
        if p_value:
            ((shown, half),) = numbers(p_value)
            low, high = p_values[key]
            assert low <= shown + half if "<" in p_value else low - half <= shown <= high + half, line
            assert "=" in p_value or low < 0.001


def test_the_verdict_on_each_conclusion():
    expected, p_values = conclusions(), corrected(conclusions())
    for key, line in lines_of_conclusions().items():
        (shown,) = (verdict for words, verdict in VERDICTS.items() if re.search(rf"\] {words}\b", line[""]))
        allowed = set(expected[key].verdicts)
        low, high = p_values.get(key, (0, 0))
        if high >= 0.05:
            allowed = allowed | {None} if low < 0.05 else {None}
        assert shown in allowed, line
        if shown is None and " on " not in line[""]:
            assert numbers(line[""])[0][0] == expected[key].n


def test_the_tables_beside_the_papers():
    titles = {title: model for model, title in NETWORKS.items()}
    lines = lines_of_figures()
    for line in lines:
        network, attack = PLACE.sub("", line["Network"]), line["Attack"].split("**")[1]
        own = figures.attacked(rows.attack_rows(titles[network], attack))
        assert line["n"] == f"{own.n:,}"
        assert agrees(line["Fooled, here"], own.rate.times(100)), line
        assert agrees(line["Pixels, here"], own.percent), line
        ((seconds, half),) = numbers(line["Seconds, paper / here"].partition(" / ")[2])
        assert abs(seconds - own.seconds.value) <= half
    measured = {(title, attack) for name in rows.DATASETS for (title, attack) in rows.comparison(name)}
    shown = {(titles[PLACE.sub("", line["Network"])], line["Attack"].split("**")[1]) for line in lines}
    assert shown <= measured
    assert {each for each in measured if _in_table_1(*each)} <= shown


def test_the_remarks():
    titles = {title: model for model, title in NETWORKS.items()}
    for line in lines_of_figures():
        network, attack = PLACE.sub("", line["Network"]), line["Attack"].split("**")[1]
        own, remark = figures.attacked(rows.attack_rows(titles[network], attack)), line["Remark"]
        for what, column, figure in (
            ("Fooling rate", "Fooled, paper", own.rate.times(100)),
            ("Pixels", "Pixels, paper", own.percent),
        ):
            if line[column] == "–" or math.isnan(figure.value):
                assert f"{what}: " not in remark
            else:
                assert f"{what}: {_against_the_paper(figure, numbers(line[column])[0][0])}" in remark, line
        behind = re.search(
            r"On (\d+) of ([\d,]+) images a boundary that was found lay behind .* is ([\d.]+) %", remark
        )
        assert bool(behind) == (own.met_behind > own.n / 20 and "not in the paper" not in line["Network"])
        if behind:
            assert [int(behind[1]), int(behind[2].replace(",", ""))] == [own.met_behind, own.n]
            assert behind[3] == f"{own.percent_without:.2g}"
        limited = re.search(r"(\d+) of (\d+) images would have needed more", remark)
        if limited:
            assert [int(limited[1]), int(limited[2])] == [own.n - own.fooled, own.n]


def _in_table_1(model, attack):
    return attack in ("SparseFool", "JSMA", "One-pixel attack") and model in (
        "mnist/lenet",
        "cifar10/resnet18",
        "cifar10/vgg19",
    )


def _against_the_paper(figure, paper):
    """Where the paper's figure, which is rounded, lies."""
    if not figure.has_interval:
        return "too few images to compare."
    if figure.low[0] - 0.005 <= paper <= figure.high[1] + 0.005:
        return "the paper's lies within the interval."
    return f"{'higher' if figure.value > paper else 'lower'} here."
