import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import expect

from sparsefool.data.samples import load_samples

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


LABELS = 93
"""Width of the column of labels of a table of classes, in pixels."""


def still_box(area):
    """Return where an element lies once plotly has neither replaced nor moved it for a second."""
    same, last = 0, None
    while same < 4:
        area.scroll_into_view_if_needed()
        seen = area.evaluate("element => element.seen ??= Math.random()"), area.bounding_box()
        same = same + 1 if seen == last else 0
        last = seen
        area.page.wait_for_timeout(250)
    return last[1]


def draw(app, *corners):
    """Drag over the picture of the Region tab, from corner to corner, each a row and a column."""
    app.wait_until_idle()
    box = still_box(app.page.locator(".stPlotlyChart .nsewdrag").first)
    side = box["width"] / 28
    points = [(box["x"] + (column + 0.5) * side, box["y"] + (row + 0.5) * side) for row, column in corners]
    app.page.mouse.move(*points[0])
    app.page.mouse.down()
    for point in points[1:]:
        app.page.mouse.move(*point, steps=5)
    app.page.mouse.up()


def test_a_drawn_rectangle_confines_the_attack_and_its_link_shows_the_same_elsewhere(explorer):
    app = explorer("?data=MNIST&view=Region")
    app.wait_for_result()
    draw(app, (6, 7), (20, 22))
    app.page.wait_for_url("**region=6%2C7%2C20%2C22**")
    app.press("Attack inside only")
    app.wait_for("0 pixels changed where none may")
    headline = app.wait_for_result()
    before, after = app.pictures()
    changed = (before != after).any(2)
    assert changed.any()
    changed[6:21, 7:23] = False
    assert not changed.any()
    other = explorer("?" + app.page.url.partition("?")[2])
    other.wait_for("0 pixels changed where none may")
    assert other.wait_for_result() == headline
    assert np.array_equal(other.pictures()[1], after)


def test_a_drawn_lasso_is_kept_in_the_address(explorer):
    app = explorer("?data=MNIST&view=Region")
    app.wait_for_result()
    app.page.locator("[data-title='Lasso Select']").first.click()
    draw(app, (4, 4), (4, 20), (20, 12), (5, 4))
    app.page.wait_for_url(re.compile(r"region=28x28%3A"))
    app.wait_for("Perturbed pixels inside the region")
    address = app.page.url
    app.page.reload()
    app.wait_for("Perturbed pixels inside the region")
    assert app.page.url == address


def test_a_click_on_a_cell_of_the_table_opens_its_images_and_its_link_shows_them_elsewhere(explorer):
    app = explorer("regions?data=MNIST&pictures=1&view=By+fooling+class")
    heading = app.page.get_by_text(re.compile(r"^2 → 4: n = \d+ images$"))
    app.wait_for("Which class becomes which")
    click_cell(app, row=2, column=4)
    heading.wait_for()
    app.page.wait_for_url("**original_class=2**fooling_class=4**")
    images = app.page.locator("img[alt*='called 2, becomes 4 with']")
    expect(images).to_have_count(int(heading.inner_text().split()[-2]))
    choose_class(app, "original_class", "7")
    app.page.get_by_text(re.compile(r"^7 → 4: n = ")).wait_for()
    app.wait_until_idle()
    click_cell(app, row=2, column=4)
    heading.wait_for()
    other = explorer(app.page.url.removeprefix(app.address))
    other.page.get_by_text(heading.inner_text(), exact=True).wait_for()
    other.page.locator("img[alt*='called 2, becomes 4 with']").first.wait_for()
    assert app.strangers == []


def click_cell(app, row, column):
    """Click a cell of the table of ten classes: a column of labels, and a line of them, come first."""
    canvas = app.page.locator("[class*=st-key-fooling_table] canvas").first
    canvas.scroll_into_view_if_needed()
    app.page.wait_for_timeout(500)  # the table settles its columns after it appears
    box = canvas.bounding_box()
    height = box["height"] / 11
    width = (box["width"] - LABELS) / 10
    app.page.mouse.click(box["x"] + LABELS + (column + 0.5) * width, box["y"] + (row + 1.5) * height)


def choose_class(app, key, name):
    box = app.page.locator(f".st-key-{key} input")
    box.scroll_into_view_if_needed()
    app.page.wait_for_timeout(500)  # scrolling closes a list that is open
    box.click()
    app.page.get_by_role("option", name=name, exact=True).click()


def test_an_example_leads_to_the_attack_page_with_its_picture_network_and_part(explorer):
    app = explorer("regions?data=CIFAR-10&parts_network=VGG-19")
    app.page.locator(".st-key-part_examples .picture").first.wait_for()
    app.wait_until_idle()
    number = int(
        re.search(
            r"image (\d+), seen as", app.page.locator("img[alt*='seen as']").nth(2).get_attribute("alt")
        )[1]
    )
    left = app.page.url
    app.page.get_by_role("button", name="Open in Attack").nth(2).click()
    app.wait_for_result("VGG-19 · λ = 3")
    before, _ = app.pictures()
    original = (load_samples("cifar10").images[number] * 255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(before, original)
    address = parse_qs(urlsplit(app.page.url).query)
    assert address["picture"] == [str(number + 1)]
    assert address["region"][0].startswith("32x32:") or re.fullmatch(r"(\d+,){3}\d+", address["region"][0])
    app.page.go_back()
    app.page.locator(".st-key-part_examples .picture").first.wait_for()
    assert app.page.url == left


def test_the_saved_charts_and_examples_hold_their_text_as_text(explorer, tmp_path):
    app = explorer("regions?data=CIFAR-10&chart_format=SVG")
    chart = app.page.locator(".st-key-part_chart .stPlotlyChart, .st-key-part_chart").first
    app.page.locator(".st-key-part_examples .picture").first.wait_for()
    app.wait_until_idle()
    chart.hover()
    with app.page.expect_download() as waiting:
        app.page.locator("[data-title^='Download plot']").first.click()
    waiting.value.save_as(tmp_path / "chart.svg")
    words = " ".join(ElementTree.parse(tmp_path / "chart.svg").getroot().itertext())
    assert "ResNet-18" in words
    assert "Perturbed pixels on the part" in words
    assert waiting.value.suggested_filename == "sparsefool-enrichment-of-parts.svg"
    with app.page.expect_download() as waiting:
        app.page.locator(".st-key-save_part_examples").get_by_role("button", name="SVG").click()
    waiting.value.save_as(tmp_path / "examples.svg")
    words = " ".join(ElementTree.parse(tmp_path / "examples.svg").getroot().itertext())
    assert "on the head" in words
    assert "Open in Attack" not in words


def test_what_was_chosen_in_one_tab_is_there_when_the_user_comes_back(explorer):
    app = explorer("regions?data=CIFAR-10&view=Same+image,+many+networks&pictures=4")
    app.page.locator(".st-key-same_images .picture").first.wait_for()
    app.page.get_by_role("tab", name="The finding").click()
    app.page.locator(".st-key-part_examples .picture").first.wait_for()
    app.page.get_by_role("tab", name="Same image, many networks").click()
    app.wait_for("On this picture, two networks share")
