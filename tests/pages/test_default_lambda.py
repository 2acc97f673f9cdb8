"""Every page opens with the λ that the paper has for the data set, and keeps one that the user has chosen."""

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.data.specs import DATASETS
from sparsefool.errors import Cancelled
from sparsefool.view.perceptibility import sweeps
from sparsefool.view.regions import controls
from sparsefool.view.shared import runs
from tests.pages.attack_page import ROOT
from tests.pages.sliders import move_slider, sliders

pytestmark = pytest.mark.thorough

PAGES = ("attack", "how_it_works", "perceptibility", "transfer", "regions")
"""The pages with a control of λ."""

TABS = {"regions": {"view": "Same image, many networks"}}
"""On which tab it is, where that is not the first."""


@pytest.fixture(autouse=True)
def _nothing_is_computed(monkeypatch, tmp_path):
    def cancelled(*_):
        raise Cancelled("No attack is run here.")

    monkeypatch.setattr(runs, "run_attack", cancelled)
    monkeypatch.setattr(sweeps, "run_sweep", cancelled)
    monkeypatch.setattr(controls, "run_networks", cancelled)
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)


def open_page(name="attack", **address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    for key, value in (TABS.get(name, {}) | address).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def lambda_of(page):
    fields = {each.key: each for each in page.number_input}
    (control,) = (each["lambda"] for each in (sliders(page), fields) if "lambda" in each)
    return control.value


def choose(page, dataset):
    page.segmented_control(key="data").set_value(dataset).run()
    return page.run()


@pytest.mark.parametrize("spec", DATASETS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_with_the_papers_lambda(name, spec):
    page = open_page(name, data=spec.title)
    assert lambda_of(page) == spec.paper_lambda
    assert "lambda" not in page.query_params


@pytest.mark.parametrize("name", PAGES)
def test_lambda_follows_the_data_set(name):
    page = open_page(name, data="CIFAR-10")
    assert [lambda_of(choose(page, data)) for data in ("mnist", "imagenet")] == [1, 3]
    assert "lambda" not in page.query_params


def test_a_lambda_that_was_chosen_stays_and_so_does_its_address():
    page = open_page(data="MNIST")
    move_slider(page, "lambda", 3.0)
    assert [lambda_of(choose(page, data)) for data in ("cifar10", "mnist")] == [3, 3]
    assert page.query_params["lambda"] == "3"
    move_slider(page, "lambda", 1.0)
    assert lambda_of(choose(page, "cifar10")) == 3


def test_a_lambda_from_the_address_counts_as_chosen():
    page = open_page(data="MNIST", **{"lambda": "2"})
    assert [lambda_of(choose(page, data)) for data in ("cifar10", "imagenet")] == [2, 2]
    assert page.query_params["lambda"] == "2"


def test_lambda_follows_a_data_set_that_was_chosen_on_another_page():
    page = open_page(data="CIFAR-10")
    page.switch_page("pages/comparison.py").run()
    choose(page, "mnist")
    page.switch_page("pages/attack.py").run()
    assert lambda_of(page) == 1
