"""What leads from one page to another: the new page's address holds all that is not a default there."""

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.galleries import load_gallery
from sparsefool.view.perceptibility import delta_row, grid_map, many_pictures
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.shared.controls.attack_address import attack_address
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.controls.region import RegionChoice
from sparsefool.zoo.specs import find_spec
from tests.pages.attack_page import APP, report_of, settle
from tests.pages.sliders import move_slider
from tests.pages.test_perceptibility_page import settle as settle_sweep

pytestmark = pytest.mark.thorough

MNIST = {"data": "MNIST", "picture": "3", "device": "cpu"}
SHARED = {"data", "picture", "lambda", "delta", "max_iter", "candidates", "device"}


@pytest.fixture(autouse=True)
def _few_attacks(monkeypatch, tmp_path):
    monkeypatch.setattr(delta_row, "FIGURE_7", (100.0, 255.0))
    monkeypatch.setattr(grid_map, "GRIDS", {"Few": ((1.0, 5.0), (100.0, 255.0))})
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)


def open_page(name, **address):
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    for key, value in {**MNIST, **address}.items():
        page.query_params[key] = value
    page.run()
    return page


def arrive(page):
    """Run the page, which leads to the Attack page; there, wait for the result."""
    page._page_hash = ""  # stay where the app leads, and not on the page that was opened
    page.run()
    return settle(page)


def press(monkeypatch, key):
    """Let a button be pressed once: AppTest forgets a pressed button wherever there are several pages."""
    pressed, button = iter([True]), st.button

    def draw(*arguments, **more):
        drawn = button(*arguments, **more)
        return next(pressed, drawn) if more.get("key") == key else drawn

    monkeypatch.setattr(st, "button", draw)


def click_cell(monkeypatch, cell):
    clicks = iter([cell])
    monkeypatch.setattr(grid_map, "show_map", lambda *_: next(clicks, None))


def reloaded(page):
    """Open the Attack page as somebody who was sent its address."""
    fresh = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in page.query_params.items():
        fresh.query_params[key] = value
    return settle(fresh)


def assert_shows_the_same_after_a_reload(page):
    first, second = report_of(page), report_of(reloaded(page))
    assert second.request == first.request
    assert second.adversarial.sha256 == first.adversarial.sha256


def test_a_cell_of_the_map_opens_with_all_that_it_was_computed_with(monkeypatch):
    page = open_page("perceptibility", show="λ × δ map", max_iter="20", candidates="4", lecture="true")
    points = settle_sweep(page).session_state["map_runs"].report.points
    (cell,) = (each for each in points if (each.lambda_, each.delta) == (5.0, 100.0))
    click_cell(monkeypatch, (5.0, 100.0))
    arrive(page)
    assert page.query_params == {
        **MNIST,
        "lambda": "5",
        "delta": "100",
        "max_iter": "20",
        "candidates": "4",
        "lecture": "true",
    }
    assert report_of(page).change_8bit.pixels == cell.pixels
    assert_shows_the_same_after_a_reload(page)


def test_a_map_follows_the_controls_and_opens_with_what_it_was_computed_with(monkeypatch):
    page = open_page("perceptibility", show="λ × δ map", max_iter="20")
    settle_sweep(page)
    settle_sweep(page.number_input(key="max_iter").set_value(30).run())
    click_cell(monkeypatch, (1.0, 255.0))
    arrive(page)
    assert page.query_params == {**MNIST, "max_iter": "30"}


def test_a_delta_of_the_row_opens_as_the_row_was_computed(monkeypatch):
    page = settle_sweep(open_page("perceptibility", at="100", max_iter="20", **{"lambda": "2"}))
    press(monkeypatch, "open_attack")
    arrive(page)
    assert page.query_params == {**MNIST, "lambda": "2", "delta": "100", "max_iter": "20"}
    assert_shows_the_same_after_a_reload(page)


def test_nothing_of_an_earlier_visit_to_the_attack_page_stays(monkeypatch):
    page = settle(
        open_page("attack", attack="Sparsest", region="4,4,20,20", perturb="Only inside", target="8")
    )
    page.switch_page("pages/perceptibility.py").run()
    settle_sweep(page)
    press(monkeypatch, "open_attack")
    arrive(page)
    request = report_of(page).request
    assert (request.attack, request.region, request.target) == ("sparsefool", None, None)
    assert page.query_params == MNIST


def test_what_is_counted_is_passed_on_to_the_attack_page():
    spec = find_spec("cifar10/resnet18")
    request = AttackRequest(
        spec.name, load_gallery("cifar10").picture(4), attack="sparsest", count="features"
    )
    address = attack_address(request, Sample("cifar10", 4), RegionChoice())
    assert (address["attack"], address["minimise"]) == ("Sparsest", "Values")
    plain = replace(request, count="pixels")
    assert attack_address(plain, Sample("cifar10", 4), RegionChoice())["minimise"] == ""


def test_the_lecture_opens_its_own_attack_with_its_region_and_target(monkeypatch):
    page = settle(open_page("attack", attack="Sparsest"))
    page.switch_page("pages/how_it_works.py").run()
    page.text_input(key="region").set_value("4,4,24,24").run()
    page.segmented_control(key="perturb").set_value("Only inside").run()
    page.selectbox(key="target").set_value("8").run()
    move_slider(page, "delta", 200)
    press(monkeypatch, "open_attack")
    arrive(page)
    assert page.query_params == {
        **MNIST,
        "delta": "200",
        "target": "8",
        "region": "4,4,24,24",
        "perturb": "Only inside",
    }
    assert report_of(page).request.attack == "sparsefool"
    assert_shows_the_same_after_a_reload(page)


def test_a_picture_of_ones_own_cannot_be_passed_on(monkeypatch):
    warnings = []
    monkeypatch.setattr(st, "warning", lambda text, **_: warnings.append(text))
    picture = load_gallery("mnist").picture(0)
    image = SelectedImage(picture)
    controls = SweepControls(find_spec("mnist/lenet"), image, "", 1.0, 50, 10, "cpu")
    grid_map.open_attack_page(controls.request((5.0,), (25.0,)).single(5.0, 25.0), image.sample)
    assert warnings == [
        "Your own picture cannot be passed to the Attack page: choose it there again, with λ = 5 and δ = 25."
    ]


def test_a_cell_of_a_stored_map_opens_with_its_own_network_and_limits(monkeypatch):
    opened = []
    monkeypatch.setattr(many_pictures, "open_attack_page", lambda *given: opened.append(given))
    spec = find_spec("cifar10/resnet18")
    image = SelectedImage(load_gallery("cifar10").picture(4), sample=Sample("cifar10", 4))
    many_pictures._open_cell("cifar10/vgg19", 5.0, 25.0, SweepControls(spec, image, "", 3.0, 7, 3, "cpu"))
    ((request, sample),) = opened
    assert (request.model, request.max_iter, request.num_candidates) == ("cifar10/vgg19", 50, 10)
    assert (request.lambda_, request.delta, sample) == (5.0, 25.0, image.sample)
