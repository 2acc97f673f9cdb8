from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from sparsefool.experiments.paper.experiments import paper_regions
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment
from sparsefool.view.shared.palette import MARK, rgb

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CHARTS = {
    "attack, trajectory": "?data=MNIST&view=Trajectory",
    "attack, region": "?data=MNIST&view=Region",
    "how it works": "how_it_works?data=MNIST&look=true",
    "perceptibility": "perceptibility?data=MNIST&show=Many+pictures",
    "comparison": "comparison?data=MNIST",
    "comparison, paper": "comparison?data=MNIST&section=Paper+and+here",
    "regions": "regions?data=CIFAR-10",
    "regions, maps": "regions?data=MNIST&view=Where+the+network+looks",
}
PICTURES = {
    "attack": ("?data=MNIST", "overview", "7"),
    "attack, trajectory": ("?data=MNIST&view=Trajectory", "iteration", "Iteration "),
    "perceptibility": ("perceptibility?data=MNIST&max_iter=10", "delta_row", "δ = 255"),
    "comparison": ("comparison?data=MNIST&section=Image+by+image", "image_by_attack", "SparseFool"),
    "regions": (
        "regions?data=MNIST&pictures=1&view=Same+image,+many+networks",
        "same_images",
        "LeNet",
    ),
    "regions, examples": ("regions?data=CIFAR-10", "part_examples", "on the head"),
    "regions, classes": ("regions?data=MNIST&view=By+fooling+class", "class_maps", "→ 9"),
}
TILE_SIDE, PNG_SCALE = 3, 2
"""Pixels on the screen for each pixel of a picture of a cell, and of a PNG for each on the screen."""


def save(app, click, tmp_path):
    with app.page.expect_download() as waiting:
        click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def save_figure(app, key, kind, tmp_path):
    button = app.page.locator(f".st-key-{key}").get_by_role("button", name=kind, exact=True)
    return save(app, button.click, tmp_path)


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def words_of(drawing):
    return [" ".join(each.itertext()) for each in drawing.iter("{http://www.w3.org/2000/svg}text")]


def open_chart(explorer, name):
    app = explorer(f"{CHARTS[name]}&chart_format=SVG")
    chart = app.page.locator(".stPlotlyChart").first
    chart.locator(".main-svg").first.wait_for()
    app.wait_until_idle()
    return app, chart


def save_chart(app, chart, tmp_path):
    chart.hover()
    return save(app, chart.locator("[data-title^='Download plot']").click, tmp_path)


@pytest.mark.parametrize("name", CHARTS)
def test_the_camera_of_every_chart_saves_what_the_address_asks_for(explorer, tmp_path, name):
    path = save_chart(*open_chart(explorer, name), tmp_path)
    assert path.name.startswith("sparsefool-")
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_camera_saves_in_another_format_once_that_is_chosen(explorer, tmp_path):
    app, chart = open_chart(explorer, "regions, maps")
    app.choose("chart_format", "PNG")
    saves = "document.querySelector('.js-plotly-plot')._context.toImageButtonOptions.format"
    app.page.wait_for_function(f"{saves} === 'png'")
    app.wait_until_idle()
    path = save_chart(app, chart, tmp_path)
    assert path.suffix == ".png"
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_saved_with_their_words(explorer, tmp_path, name):
    query, key, word = PICTURES[name]
    app = explorer(query)
    part = app.page.locator(f".st-key-{key}")
    part.get_by_text(word).first.wait_for()
    app.wait_until_idle()
    path = save_figure(app, f"save_{key}", "SVG", tmp_path)
    drawing = ElementTree.parse(path).getroot()
    assert path.name == f"sparsefool-{key.replace('_', '-')}.svg"
    assert any(word in words for words in words_of(drawing))
    images = list(drawing.iter("{http://www.w3.org/2000/svg}image"))
    assert len(images) == part.locator("img").count() > 0
    assert all(each.get("href").startswith("data:image/") for each in images)
    png = pixels_of(save_figure(app, f"save_{key}", "PNG", tmp_path))
    assert png.shape[1::-1] == tuple(PNG_SCALE * int(drawing.get(side)) for side in ("width", "height"))
    assert app.strangers == []


def test_saved_pictures_have_every_pixel_and_no_other(explorer, tmp_path):
    app = explorer("regions?data=MNIST&view=By+fooling+class&original_class=2&fooling_class=4&marks=off")
    app.wait_for("2 → 4: n = ")
    app.wait_until_idle()
    pixels = pixels_of(save_figure(app, "save_cell_images", "PNG", tmp_path))
    rows = read_experiment(paper_regions("mnist"), RecordStore()).rows
    cell = rows[rows["success_8bit"] & (rows["predicted"] == 2) & (rows["fooling_label_8bit"] == 4)]
    marked = int((pixels == rgb(MARK)).all(2).sum())
    assert marked == (TILE_SIDE * PNG_SCALE) ** 2 * cell["pixels_8bit"].sum()


def test_the_world_of_two_pixels_is_saved_in_the_colours_of_the_page(explorer, tmp_path):
    app = explorer("how_it_works")
    app.page.locator(".world svg").wait_for()
    app.wait_until_idle()
    path = save_figure(app, "world_canvas", "SVG", tmp_path)
    assert "var(" not in path.read_text()
    assert {"A", "B", "Pixel 1 (level)"} <= set(words_of(ElementTree.parse(path).getroot()))
    assert path.name == "sparsefool-two-pixels.svg"
    box = app.page.locator(".world svg").bounding_box()
    png = pixels_of(save_figure(app, "world_canvas", "PNG", tmp_path))
    assert abs(png.shape[1] - PNG_SCALE * box["width"]) < 40
    assert len(np.unique(png.reshape(-1, 3), axis=0)) > 20
