import math
import re
from html.parser import HTMLParser

import pytest

from sparsefool.analysis.paper.curve_svg import curve_svg
from sparsefool.analysis.paper.report import Measured, paper_report
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import summarise_by
from sparsefool.analysis.transfer_rates import transfer_matrix
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_sweep, paper_transfer
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment


class Cells(HTMLParser):
    """The cells of all tables, a list for each row."""

    def __init__(self):
        super().__init__()
        self.rows, self.open = [], False

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        if tag == "tr":
            self.rows.append([])
        self.open = tag in ("td", "th")
        if self.open:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


def stored(place, dataset, experiment):
    return Measured(place, dataset, read_experiment(experiment, RecordStore()))


@pytest.fixture(scope="module")
def measured():
    return [
        stored(
            "Table 1", "mnist", paper_comparison("mnist", attacks=["sparsefool", "jsma", "random_pixels"])
        ),
        stored("Table 3", "cifar10", paper_transfer("cifar10")),
        stored("Figure 4", "mnist", paper_sweep("mnist")),
    ]


@pytest.fixture(scope="module")
def report(measured):
    return paper_report(measured, "sparsefool reproduce --quick <&>")


@pytest.fixture(scope="module")
def rows(report):
    cells = Cells()
    cells.feed(report)
    return cells.rows


def test_every_attack_stands_beside_the_papers_figures(measured, rows):
    summaries = summarise_by(measured[0].table.rows, ("model", "attack"))
    for attack, paper in (("SparseFool", ["99.93 %", "1.66 %"]), ("JSMA", ["95.73 %", "4.85 %"])):
        found = summaries["mnist/lenet", attack]
        low, high = found.percent.interval
        (line,) = [row for row in rows if row[0] == "Table 1" and row[2].startswith(attack)]
        assert [line[4], line[6]] == paper
        assert line[5].startswith(f"{100 * found.fooling_rate.value:.3g} %")
        assert line[7] == f"{found.percent.value:.3g} % ({low:.3g} to {high:.3g})"
        assert line[3] == f"{found.n:,}"


def test_table_3_and_the_sweep_are_those_of_the_tables(measured, rows):
    for cell in transfer_matrix(measured[1].table.rows):
        rate = f"{100 * cell.fooled.estimate.value:.3g} %"
        assert any(
            row[2] == f"{cell.fooled.n:,}" and row[4].startswith(rate) for row in rows if len(row) == 6
        )
    for (_, x), found in summarise_by(measured[2].table.rows, ("model", "lambda_")).items():
        (line,) = [row for row in rows if len(row) == 6 and row[0] == "LeNet" and row[1] == f"{x:g}"]
        assert line[4].startswith(f"{found.percent.value:.3g} %")


def test_the_finding_counts_the_figures_within_their_intervals(report):
    within, of = map(int, re.search(r"Of (\d+) figures of the paper, (\d+) lie", report).groups()[::-1])
    assert 0 <= within <= of
    assert of == 4, "two attacks of the paper on LeNet, two figures each; of noise the paper has none"
    assert "sparsefool reproduce --quick &lt;&amp;&gt;" in report


def test_a_curve_has_a_dot_for_each_value_and_leaves_out_what_is_not_known():
    nothing = (math.nan, math.nan)
    curve = {1.0: Estimate(5.0, (4.0, 6.0)), 3.0: Estimate(math.nan, nothing), 10.0: Estimate(0.0, nothing)}
    svg = curve_svg(curve, "λ", 'a "curve"')
    assert svg.count("<circle") == 2
    assert [f">{x}<" in svg for x in ("1", "3", "10", "6", "0")] == [True] * 5
    assert "a &quot;curve&quot;" in svg
    assert curve_svg({1.0: Estimate(math.nan, nothing)}, "λ", "") == ""
