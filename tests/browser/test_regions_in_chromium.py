import re

import numpy as np
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


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
