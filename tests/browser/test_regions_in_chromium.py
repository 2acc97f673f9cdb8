import re

import numpy as np
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


LABELS = 93
"""Width of the column of labels of a table of classes, in pixels."""


def draw(app, *corners):
    """Drag over the picture of the Region tab, from corner to corner, each a row and a column."""
    app.page.wait_for_timeout(1000)  # plotly settles its size after it appears
    area = app.page.locator(".stPlotlyChart .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
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
    assert images.count() == int(heading.inner_text().split()[-2])
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
