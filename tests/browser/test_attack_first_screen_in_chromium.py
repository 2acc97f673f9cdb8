"""What stands in the first screen of the Attack page, what a run shows, and the strip of runs."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SIZES = [(1024, 768), (1280, 800), (1920, 1080)]
NEVER_SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop === 0"
LONG_RUN = "?data=ImageNet&picture=2&lambda=20&max_iter=20"
"""With λ = 20 it ends after a few iterations, with λ = 1 it uses them all: seconds on any machine."""


def boxes(app):
    """Return the boxes of the sentence, λ, δ, the method and the three pictures."""
    page = app.page
    parts = [
        page.locator(".st-key-finding h2"),
        *(page.locator(f".st-key-{key}") for key in ("lambda", "delta", "attack")),
        *page.locator(".st-key-overview img[alt^='The ']").all(),
    ]
    return [part.bounding_box() for part in parts]


def boxes_at_rest(app):
    """Return the same once they no longer move: the sidebar slides away in a lecture."""
    app.wait_until_idle()
    before, found = None, boxes(app)
    while found != before:
        app.page.wait_for_timeout(400)
        before, found = found, boxes(app)
    return found


def overlapping(first, second):
    apart = (
        first["x"] + first["width"] <= second["x"] + 1
        or second["x"] + second["width"] <= first["x"] + 1
        or first["y"] + first["height"] <= second["y"] + 1
        or second["y"] + second["height"] <= first["y"] + 1
    )
    return not apart


def test_everything_that_matters_is_in_the_first_screen_and_pictures_are_larger_in_a_lecture(explorer):
    app, widths = explorer("?data=CIFAR-10"), {}
    for query in ("?data=CIFAR-10", "?data=CIFAR-10&lecture=true"):
        if widths:
            app.open(query)
        app.wait_for_result("ResNet-18")
        app.page.wait_for_function(
            "document.querySelectorAll('.st-key-overview img[alt^=\"The \"]').length === 3"
        )
        for width, height in SIZES:
            app.page.set_viewport_size({"width": width, "height": height})
            app.page.wait_for_timeout(500)  # pictures follow the window after a while
            found = boxes_at_rest(app)
            assert len(found) == 7
            for box in found:
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["y"] >= 0
                assert box["y"] + box["height"] <= height
            assert [(i, j) for i in range(7) for j in range(i) if overlapping(found[i], found[j])] == []
            assert app.page.evaluate(NEVER_SCROLLED)
            widths.setdefault(width, []).append(found[-1]["width"])
    assert all(desk < lecture for desk, lecture in widths.values())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pictures_to_choose_from_and_the_name_of_the_app_are_in_the_first_screen(explorer, width, height):
    app = explorer("?data=CIFAR-10")
    app.page.set_viewport_size({"width": width, "height": height})
    app.wait_for_result("ResNet-18")
    app.wait_until_idle()
    sidebar = app.page.locator("[data-testid=stSidebar]")
    pictures = [sidebar.locator(".st-key-picture button").nth(place) for place in (0, 4)]
    name, icon = sidebar.get_by_role("heading", name="SparseFool Explorer"), sidebar.locator("img").first
    found = [part.bounding_box() for part in (icon, name, *pictures)]
    edge = sidebar.bounding_box()["width"]
    for box in found:
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= edge
    assert not overlapping(*found[:2])


def test_the_bar_stays_in_sight_while_the_page_is_scrolled(explorer):
    app = explorer("?data=MNIST")
    app.page.set_viewport_size({"width": 1280, "height": 800})
    app.wait_for_result()
    app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 700)")
    app.page.wait_for_timeout(300)
    assert all(0 <= box["y"] < 300 for box in boxes(app)[:4])


def test_a_run_of_over_a_second_shows_its_pixels_every_time(explorer):
    app = explorer(LONG_RUN)
    headline = app.wait_for_result()
    app.page.locator(".st-key-lambda input[type=range]").press("Home")
    heading = app.page.locator(".st-key-finding h2")
    expect(heading).to_contain_text("Searching for the few pixels")
    expect(app.page.locator(".st-key-overview")).to_have_count(0)
    changed = app.page.locator(".st-key-live_picture_row img[alt^='The pixels that']")
    seen = {changed.get_attribute("src")}
    while len(seen) < 3:
        app.page.wait_for_timeout(300)
        seen.add(changed.get_attribute("src"))
    expect(app.page.locator(".st-key-status").get_by_text("margin")).to_be_visible()
    app.press("Cancel")
    app.wait_for("The run was cancelled.")
    expect(heading).to_contain_text("Earlier, with λ = 20")
    assert headline.partition(".")[2] in heading.inner_text()


def test_a_click_returns_to_a_run_and_another_pins_it(explorer):
    app = explorer("?data=MNIST")
    first = app.wait_for_result("λ = 1")
    app.page.locator(".st-key-lambda input[type=range]").press("End")
    app.wait_for_result("λ = 20", "(λ 1 → 20)")
    cards = app.page.locator(".st-key-run_strip button.show")
    expect(cards).to_have_count(2)
    app.page.locator(".st-key-run_strip button.pin").nth(1).click()
    expect(app.page.locator(".st-key-pinned")).to_contain_text("This run is pinned")
    cards.first.click()
    assert app.wait_for_result("λ = 1", "(λ 20 → 1)") == first
    app.page.wait_for_url(lambda url: "lambda" not in url)
    expect(app.page.locator(".st-key-pinned h3")).to_contain_text("Pinned and current")
    expect(app.page.locator(".st-key-side_picture_row img")).to_have_count(3)
