"""The paper's own values, as they are stored and shown, against the paper's text."""

import re

import pytest

from sparsefool.analysis.paper.figures import PAPER_FIGURES, SAMPLES, STATED_RATIOS, TABLE_3
from sparsefool.data.specs import DATASETS
from tests.independent import paper, rows
from tests.independent.shown import page

pytestmark = pytest.mark.skipif(not paper.PATH.is_file(), reason="the paper's text is not here")


def test_every_stored_figure_and_no_other_is_the_papers():
    stored = {
        (each.place, each.model, each.attack): (each.fooling_rate, each.pixels, each.seconds)
        for each in PAPER_FIGURES
    }
    assert stored == paper.figures()


def test_table_3():
    assert dict(TABLE_3) == paper.transfer()
    assert f"for {SAMPLES} samples from ImageNet" in paper.text()


def test_the_ratio_that_the_text_states():
    stated = re.search(r"comparison to “one-pixel attack”.*? computes ([\d.]+)x sparser", paper.text())[1]
    assert dict(STATED_RATIOS) == {("mnist/lenet", "One-pixel attack"): float(stated)}


def test_lambda_of_table_1():
    found = re.search(r"set to (\d) and (\d) for the MNIST and CIFAR-10 datasets respectively", paper.text())
    assert [float(each) for each in found.groups()] == [each.paper_lambda for each in DATASETS[:2]]


def test_the_papers_figures_on_the_page():
    titles = {title: model for model, title in rows.NETWORKS.items()}
    place = re.compile(r"^(.*) \((.*)\)$")
    for line in _tables()[1].value.to_dict("records"):
        network, where = place.match(line["Network"]).groups()
        attack = line["Attack"].split("**")[1]
        rate, pixels, seconds = paper.figures().get((where, titles[network], attack), (None, None, None))
        assert line["Fooled, paper"] == ("–" if rate is None else f"{rate:g} %")
        assert line["Pixels, paper"] == ("–" if pixels is None else f"{pixels:g} %")
        told = line["Seconds, paper / here"].partition(" / ")[0]
        assert (
            told == "–"
            if seconds is None
            else float(told.replace(",", "")) == pytest.approx(seconds, rel=0.005)
        )


def test_the_papers_ratios_on_the_page():
    titles, found = {title: model for model, title in rows.NETWORKS.items()}, paper.figures()
    columns = {"pixels": 1, "takes longer": 2}
    for line in _tables()[0].value.to_dict("records"):
        column = next((column for word, column in columns.items() if word in line["Conclusion"]), None)
        attack = next(
            (each for each in ("JSMA", "One-pixel attack") if each.lower() in line["Conclusion"].lower()), ""
        )
        keys = [("Table 1", titles[line["Network"]], each) for each in (attack, "SparseFool")]
        if column and all(key in found for key in keys):
            one, other = (found[key][column] for key in keys)
            assert line["Paper"].startswith(f"{one / other:.2g} times"), line
        elif column and attack:
            assert line["Paper"] == "–", line
    robust = [
        line
        for line in _tables()[0].value.to_dict("records")
        if "adversarially trained network" in line["Conclusion"]
    ]
    for line in robust:
        ratio = (
            found["Section 4.2", "cifar10/resnet18-linf", "SparseFool"][1]
            / found["Table 1", "cifar10/resnet18", "SparseFool"][1]
        )
        assert line["Paper"] == f"{ratio:.2g} times"
    noise = [f"{found['Section 4.2', model, 'Random noise'][0]:g}" for model in paper.IMAGENET.values()]
    for line in _tables()[0].value.to_dict("records"):
        if line["Conclusion"].startswith("Random noise"):
            assert line["Paper"] == f"ImageNet: {', '.join(noise)} % against 100 %"
        if line["Conclusion"].startswith("Clipping at the end"):
            assert line["Paper"] == "VGG-16: almost 100 % falls to 13 %"


def test_the_orders_of_magnitude_that_the_page_quotes():
    quoted = {
        line["Paper"] for line in _tables()[0].value.to_dict("records") if "forwards" in line["Conclusion"]
    }
    assert quoted <= {"2 orders of magnitude", "–"}
    assert re.search(r"2 orders of magnitude", paper.text())


def _tables():
    return page("comparison", ("data", "MNIST"), ("section", "Paper and here")).table
