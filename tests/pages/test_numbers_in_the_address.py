"""Numbers that a page takes from its address: one that is not whole is named where only whole ones fit."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend.comparison import comparison_request
from sparsefool.backend.experiments import run_experiment
from tests.pages.players import player
from tests.pages.sliders import slider, sliders

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
CASES = (
    ("attack", {}, {"delta", "max_iter", "candidates"}),
    (
        "how_it_works",
        {"plane": "Normal and random"},
        {"delta", "max_iter", "candidates", "p1", "p2", "world_delta", "plane_seed"},
    ),
    ("perceptibility", {}, {"max_iter", "candidates"}),
    ("perceptibility", {"show": "Many pictures"}, {"max_iter", "candidates", "images"}),
    ("comparison", {}, {"images"}),
    ("comparison", {"section": "Image by image"}, {"images", "image"}),
    ("transfer", {}, {"images_mnist"}),
    ("regions", {"view": "Same image, many networks"}, {"delta", "max_iter", "candidates"}),
)
"""A page, what else its address says, and the whole numbers that it then takes from it."""


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path / "own")
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    return tmp_path


def open_page(name, **address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    for key, value in {"data": "MNIST", "device": "cpu", **address}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def bound_numbers(page):
    """Return the widgets of numbers that are bound to the address, by query parameter."""
    fields = {each.proto.query_param_key: each for each in page.number_input if each.proto.query_param_key}
    return fields | sliders(page)


def notices(page):
    return [each.value for each in page.warning if "in the address" in each.value]


def test_every_page_is_among_the_cases():
    assert {name for name, _, _ in CASES} == {path.stem for path in (ROOT / "pages").glob("*.py")}


@pytest.mark.parametrize(("name", "address", "keys"), CASES)
def test_a_number_that_is_not_whole_is_told_for_every_whole_control(name, address, keys, monkeypatch):
    if name == "comparison":
        request = comparison_request("mnist", ("mnist/lenet",), ("SparseFool",), 4)
        run_experiment(request)
        monkeypatch.setattr("sparsefool.view.comparison.controls.comparison_request", lambda *_: request)
    widgets = bound_numbers(open_page(name, **address))
    whole = {key: each for key, each in widgets.items() if isinstance(each.value, int)}
    assert set(whole) == keys
    asked = {key: f"{each.min + 1}.7" for key, each in whole.items()}
    fractions = {key: f"{each.min + 0.5:g}" for key, each in widgets.items() if key not in whole}
    page = open_page(name, **address, **asked, **fractions)
    used = bound_numbers(page)
    expected = [
        f"{key}='{asked[key]}' in the address is not a whole number from {each.min:g} to {each.max:g}; "
        f"{used[key].value:g} is used."
        for key, each in whole.items()
    ]
    assert sorted(notices(page)) == sorted(expected)
    assert all(used[key].value == float(text) for key, text in fractions.items())


@pytest.mark.parametrize(("text", "moment"), [("2.5", 0), ("x", 0), ("-1", 0), ("1e9", None), ("nan", 0)])
def test_a_stage_that_cannot_be_used_is_told_with_the_one_that_is(text, moment):
    page = open_page("how_it_works", stage=text)
    shown = player(page, "stage")
    assert shown["moment"] == (shown["last"] if moment is None else moment)
    (notice,) = notices(page)
    assert notice == (
        f"stage='{text}' in the address is not a whole number from 0 to {shown['last']}; "
        f"{shown['moment']} is used."
    )


def test_a_whole_number_may_be_written_with_a_point():
    page = open_page("how_it_works", stage="2.0", p1="30.0")
    assert player(page, "stage")["moment"] == 2
    assert slider(page, "p1").value == 30
    assert notices(page) == []
