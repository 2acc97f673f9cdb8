import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from sparsefool.view.shared.prepared_views import PreparedViews, parse_view, read_text
from tests.browser.explorer_page import ExplorerPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

EIGHT = {
    "/?data=MNIST": ".st-key-result img[alt*='calls 7']",
    "/?data=MNIST&lambda=5&delta=100": ".st-key-result img[alt*='calls 7']",
    "/comparison?data=MNIST&section=Paper+and+here": ".js-plotly-plot",
    "/comparison?data=MNIST": ".st-key-summary_chart .js-plotly-plot",
    "/transfer?data=ImageNet": ".st-key-run",
    "/how_it_works?p1=60&p2=40": ".st-key-world_canvas",
    "/how_it_works": ".st-key-world_canvas",
    "/?data=MNIST&picture=4": ".st-key-result img[alt*='calls 0']",
}
"""Views of four pages, and what is there when each is drawn."""


WHICH = "adversarial picture", "original picture"


def eight_views():
    views = (parse_view(f"view {number}", address) for number, address in enumerate(EIGHT, start=1))
    return PreparedViews("Eight", tuple(views))


def settings(url):
    """Return the page and the query parameters of an address, without the list and the place in it."""
    parts = urlsplit(url)
    return parts.path, {
        name: text for name, text in parse_qs(parts.query).items() if name not in ("views", "place")
    }


def wait_for_keys(app):
    """Wait until the keys are listened to."""
    app.page.locator(".sparsefool-place").wait_for(state="attached")
    app.wait_until_idle()
    return app


def arrive(app, place):
    address, drawn = list(EIGHT.items())[place - 1]
    app.page.wait_for_url(f"**place={place}**")
    app.page.locator(drawn).first.wait_for()
    app.wait_until_idle()
    assert app.page.locator(".sparsefool-place").text_content() == f"{place} of 8 · view {place}"
    assert settings(app.page.url) == settings(address)
    return app


def test_eight_views_of_four_pages_are_stepped_through_by_page_down_and_page_up_only(explorer):
    app = explorer(f"transfer?views={eight_views().text()}")
    wait_for_keys(app)
    app.page.evaluate("window.sameDocument = true")
    for place in range(1, 9):
        app.page.keyboard.press("PageDown")
        arrive(app, place)
    app.page.keyboard.press("PageDown")
    for place in range(7, 0, -1):
        app.page.keyboard.press("PageUp")
        arrive(app, place)
        if place == 2:
            assert (
                app.page.locator("input[aria-label^='δ'], .st-key-delta input").first.input_value() == "100"
            )
    assert app.page.evaluate("window.sameDocument")


def test_a_view_is_added_named_and_removed_and_the_link_carries_the_list(explorer):
    app = explorer("transfer?data=ImageNet")
    wait_for_keys(app)
    app.page.get_by_role("button", name="Add this view").click()
    app.page.wait_for_url("**views=**")
    app.page.get_by_role("button", name="Add this view").click()
    app.page.get_by_role("button", name="Views · 2").click()
    name = app.page.get_by_role("textbox", name="Name of view 1")
    name.fill("Tried on the others")
    name.press("Enter")
    app.page.get_by_role("button", name="Remove: view 2").click()
    app.page.get_by_role("button", name="Remove: view 2").wait_for(state="detached")
    app.page.get_by_role("dialog").press("Escape")  # the button that had the focus is gone
    app.page.get_by_role("button", name="Views · 1").wait_for()
    (text,) = parse_qs(urlsplit(app.page.url).query)["views"]
    (view,) = read_text(text).views
    assert (view.name, settings(view.address)) == ("Tried on the others", settings("/transfer?data=ImageNet"))


def test_a_damaged_list_is_refused_in_words_and_a_good_one_is_taken(explorer):
    app = explorer("transfer")
    app.page.locator(".st-key-run").wait_for()
    app.page.get_by_role("button", name="Views", exact=True).click()
    files = app.page.get_by_role("dialog").locator("input[type=file]")
    good = eight_views().file()
    damaged = json.loads(good)
    damaged["views"][3]["address"] = "https://example.org/"
    for data, said in ((good[:-9], "is not JSON"), (json.dumps(damaged).encode(), "page of this app")):
        files.set_input_files({"name": "list.json", "mimeType": "application/json", "buffer": data})
        app.page.get_by_role("dialog").get_by_text(said).wait_for()
    files.set_input_files({"name": "list.json", "mimeType": "application/json", "buffer": good})
    app.page.get_by_role("textbox", name="Name of view 8").wait_for()
    app.page.get_by_role("button", name="6", exact=True).click()
    arrive(app, 6)


def test_the_keys_are_the_page_s_after_a_click_and_draw_no_frame(explorer):
    app = explorer("?data=MNIST")
    wait_for_keys(app).wait_for_result()
    place = app.page.locator(".st-key-step_player .place")
    place.get_by_text(" of ").wait_for()
    last = int(place.inner_text().split(" of ")[1])
    app.page.locator(".st-key-lecture label").first.click()
    app.page.wait_for_url("**lecture=true**")
    app.page.keyboard.press("ArrowLeft")
    app.page.locator(".st-key-step_player").get_by_text(f"{last - 1} of {last}").wait_for()
    app.wait_until_idle()
    app.page.keyboard.press("l")
    app.page.wait_for_url(lambda url: "lecture" not in url)
    app.page.get_by_role("tab", name="Pixels").click()
    app.page.locator(".st-key-step_player").wait_for(state="detached")
    app.page.get_by_role("tab", name="Trajectory").click()
    place.wait_for()
    app.wait_until_idle()
    app.page.keyboard.press("p")
    app.page.locator(".st-key-step_player").get_by_text(f"{last} of {last}").wait_for()
    app.page.keyboard.press("p")
    app.page.locator(".st-key-step_player").get_by_text("Pause").wait_for()
    app.page.locator("h2").first.click()
    app.page.keyboard.press("ArrowLeft")
    frame = "getComputedStyle(document.querySelector('#stMain'), '::before').display"
    assert app.page.evaluate("document.activeElement.matches('#stMain:focus-visible')")
    assert app.page.evaluate(frame) == "none"


def test_a_question_mark_opens_the_keys_and_a_field_keeps_its_letters(explorer):
    app = explorer("?data=MNIST")
    wait_for_keys(app).page.keyboard.press("?")
    app.page.get_by_role("dialog", name="Keys").get_by_text("full screen").wait_for()
    app.page.keyboard.press("l")
    app.page.keyboard.press("Escape")
    app.page.get_by_role("dialog").wait_for(state="detached")
    app.page.get_by_role("button", name="Words").click()
    app.page.get_by_role("rowheader", name="Decision boundary").wait_for()
    app.page.keyboard.press("Escape")
    app.page.get_by_role("dialog").wait_for(state="detached")
    app.page.get_by_role("combobox", name="Network").fill("l?")
    expect(app.page.get_by_role("dialog")).to_have_count(0)
    assert "lecture" not in app.page.url


def test_the_tour_points_at_the_controls_once(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    app = ExplorerPage(context.new_page(), address)
    app.open("?data=CIFAR-10")
    app.wait_for_result()
    tour = app.page.get_by_role("region", name="Tour")
    expect(tour).to_have_count(0)
    app.open("")
    app.wait_for_result()
    app.page.get_by_role("button", name="Show me").click()
    for said in ("The picture", "λ:", "δ:", "These few pixels"):
        tour.get_by_text(said).wait_for()
        assert ring_lies_on_the_screen(app.page)
        app.page.keyboard.press("Enter")
    tour.wait_for(state="hidden")
    app.open("")
    app.wait_for_result()
    expect(tour).to_have_count(0)
    context.close()


def ring_lies_on_the_screen(page):
    box = page.locator(".ring").bounding_box()
    return box and box["width"] > 50 and min(box["x"], box["y"]) >= -10 and box["y"] + box["height"] <= 810


def test_the_tour_is_skipped_with_escape(browser, address):
    context = browser.new_context()
    app = ExplorerPage(context.new_page(), address)
    app.open("")
    app.wait_for_result()
    tour = app.page.get_by_role("region", name="Tour")
    tour.wait_for()
    app.page.keyboard.press("Escape")
    tour.wait_for(state="hidden")
    context.close()


def test_b_shows_original_and_adversarial_picture_in_turn(explorer):
    app = explorer("?data=MNIST")
    wait_for_keys(app).wait_for_result()
    shown, original = (app.page.locator(f".st-key-result img[alt^='The {name}']").first for name in WHICH)
    pictures = shown.get_attribute("src"), original.get_attribute("src")
    app.page.keyboard.press("b")
    for picture in (pictures[1], pictures[0], pictures[1]):
        expect(shown).to_have_attribute("src", picture)
    app.page.keyboard.press("b")
    assert shown.get_attribute("src") == pictures[0]
    expect(app.page.locator(".sparsefool-blink")).to_have_count(0)
