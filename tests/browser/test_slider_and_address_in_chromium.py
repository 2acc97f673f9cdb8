"""A slider is live while it is dragged; the address, the link and the browser's history follow every move."""

import re
import time
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as NotThere
from playwright.sync_api import expect

from sparsefool.view.shared.streamlit_internals.address import PAGE_LEFT, PAGE_OPENED
from tests.browser.explorer_page import ExplorerPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SLIDER_REPEATS_MS = 5000
"""Longer than a slider waits for the server before it sends a value once more."""

DRAG_SECONDS = 3
"""How long a person drags; on a machine that is busy with other tests, the drag goes on for longer."""

WATCH = """() => {
    const pictures = new Set();
    const look = () => {
        const image = document.querySelector(".st-key-result img[alt^='The adversarial']");
        if (image) pictures.add(image.src);
        window.picturesSeen = pictures.size;
        requestAnimationFrame(look);
    };
    look();
}"""

STATES = (
    ("?data=MNIST", "lambda", 4, "ArrowRight"),
    ("?data=MNIST&picture=3&target=7", "delta", 55, "ArrowLeft"),
    ("how_it_works", "world_lambda", 7, "ArrowRight"),
    ("how_it_works?world=strong", "p1", 30, "ArrowLeft"),
    ("perceptibility?data=MNIST&show=Many+pictures", "lambda", 2, "ArrowRight"),
    ("regions?data=MNIST&view=Same+image,+many+networks", "delta", 9, "ArrowLeft"),
)
"""A page, one of its sliders, and how it is moved."""


def track(app, key):
    return app.page.locator(f".st-key-{key} input[type=range]")


def number(app, key):
    return app.page.locator(f".st-key-{key} input[type=text]")


def settle(app):
    """Wait until nothing runs and the address has stayed the same for a while; return it."""
    app.page.wait_for_function("window.sparsefoolAddress")
    address, since, deadline = "", 0.0, time.monotonic() + 60
    while time.monotonic() < deadline:
        idle = app.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").count()
        if not idle or app.page.locator(".st-key-cancel").count() or app.page.url != address:
            address, since = app.page.url, time.monotonic()
        elif time.monotonic() - since > 1:
            return address
        app.page.wait_for_timeout(100)
    raise AssertionError(f"the page does not come to rest: {app.page.url}")


def test_the_picture_follows_while_lambda_is_dragged(explorer):
    app = explorer("?data=CIFAR-10")
    app.page.set_viewport_size({"width": 1280, "height": 800})
    app.wait_for_result()
    track(app, "lambda").scroll_into_view_if_needed()
    app.page.evaluate(WATCH)
    box = track(app, "lambda").bounding_box()
    at_three, end = box["x"] + box["width"] * 2 / 19, box["x"] + box["width"] - 8
    middle, begun, passed = box["y"] + box["height"] / 2, time.monotonic(), 0.0
    app.page.mouse.move(at_three, middle)
    app.page.mouse.down()
    while passed < DRAG_SECONDS or (app.page.evaluate("picturesSeen") < 4 and passed < 10 * DRAG_SECONDS):
        passed = time.monotonic() - begun
        way = abs((passed / DRAG_SECONDS + 1) % 2 - 1)
        app.page.mouse.move(at_three + way * (end - at_three), middle)
    assert app.page.evaluate("picturesSeen") >= 4, "the first picture, and three before the release"
    app.page.mouse.move(end, middle)
    app.page.mouse.up()
    app.wait_for_result("λ = 20")
    app.page.wait_for_url("**lambda=20")


def test_a_value_can_be_typed_and_what_is_no_number_is_put_back(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    number(app, "delta").fill("60")
    number(app, "delta").press("Enter")
    app.wait_for_result("δ = 60")
    for typed, shown in (("many", "60"), ("9999", "255"), ("-4", "0"), ("12,4", "12")):
        number(app, "delta").fill(typed)
        number(app, "delta").press("Enter")
        expect(number(app, "delta")).to_have_value(shown)
    app.page.wait_for_url("**delta=12")


def test_the_keys_of_a_slider_leave_those_of_a_clicker_alone(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    app.move("lambda", 1, "End")
    expect(number(app, "lambda")).to_have_value("20")
    expect(track(app, "lambda")).to_have_attribute("aria-valuetext", "20, from 1 to 20")
    for key in ("PageDown", "PageUp", "PageUp"):
        app.page.keyboard.press(key)
    expect(number(app, "lambda")).to_have_value("20")
    app.page.keyboard.press("ArrowLeft")
    expect(number(app, "lambda")).to_have_value("19.5")
    app.page.keyboard.press("Home")
    app.wait_for_result("λ = 1")


def test_most_of_the_track_of_delta_is_for_small_values(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    box = track(app, "delta").bounding_box()
    track(app, "delta").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(number(app, "delta")).to_have_value("15")
    app.wait_for_result("δ = 15")


def test_a_value_that_is_lost_on_the_way_is_sent_again(browser, address):
    context, losing = browser.new_context(viewport={"width": 1280, "height": 800}), []

    def lose(socket):
        server = socket.connect_to_server()
        socket.on_message(lambda message: None if losing else server.send(message))
        server.on_message(socket.send)

    page = context.new_page()
    page.route_web_socket(re.compile("_stcore/stream"), lose)
    app = ExplorerPage(page, address)
    app.open("how_it_works")
    app.page.locator(".st-key-world_delta input[type=range]").wait_for()
    app.wait_until_idle()
    losing.append(True)
    app.move("world_delta", 5, "ArrowLeft")
    app.page.wait_for_timeout(500)
    losing.clear()
    app.page.wait_for_url("**world_delta=250**")
    assert number(app, "world_delta").input_value() == "250"
    context.close()


def test_a_slider_that_has_more_to_say_does_not_keep_the_user_from_leaving(browser, address):
    """What comes from the server is held up, so the slider still waits when the link is clicked."""
    context, held, holding = browser.new_context(viewport={"width": 1280, "height": 800}), [], []

    def hold(socket):
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: held.append((socket, message)) if holding else socket.send(message))

    page = context.new_page()
    page.route_web_socket(re.compile("_stcore/stream"), hold)
    app = ExplorerPage(page, address)
    app.open("?data=MNIST")
    app.wait_for_result()
    holding.append(True)
    app.move("lambda", 3, "ArrowRight")
    page.get_by_role("link", name="How it works").click()
    page.wait_for_timeout(SLIDER_REPEATS_MS)
    holding.clear()
    for socket, message in held:
        socket.send(message)
    page.wait_for_url("**/how_it_works*")
    app.page.locator(".st-key-world_canvas svg").wait_for()
    app.wait_until_idle()
    assert "/how_it_works" in page.url
    context.close()


def visit(app, title):
    """Open a page by its link; on a busy machine a click is lost while the sidebar is drawn anew."""
    address = re.compile(f"/{title.lower().replace(' ', '_')}")
    while not address.search(app.page.url):
        app.page.get_by_role("link", name=title).click()
        with suppress(NotThere):
            app.page.wait_for_url(address, timeout=15_000)


def test_back_and_forward_bring_each_page_back_as_it_was_left(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    entries = app.page.evaluate("history.length")
    app.move("lambda", 4, "ArrowRight")
    app.move("delta", 20, "ArrowLeft")
    left = [settle(app)]
    for title, key, arrow in (
        ("How it works", "world_lambda", "ArrowRight"),
        ("Perceptibility", "lambda", "ArrowLeft"),
        ("Comparison", "", ""),
        ("Transfer", "", ""),
        ("Regions", "", ""),
    ):
        visit(app, title)
        settle(app)
        if key:
            app.move(key, 3, arrow)
        elif title == "Comparison":
            app.page.get_by_role("tab", name="Paper and here").click()
        else:
            app.choose("data", "CIFAR-10")
        left.append(settle(app))
    assert app.page.evaluate("history.length") == entries + 5
    for address in left[-2::-1]:
        app.page.go_back()
        assert settle(app) == address
    expect(number(app, "lambda")).to_have_value("3")
    expect(number(app, "delta")).to_have_value("235")
    for address in left[1:]:
        app.page.go_forward()
        assert settle(app) == address


def test_a_page_left_in_haste_comes_back_as_it_was(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    app.move("lambda", 4, "ArrowRight")
    first = settle(app)
    app.page.get_by_role("link", name="How it works").click()
    app.page.wait_for_url("**/how_it_works*")
    app.page.get_by_role("link", name="Regions").click()
    app.page.wait_for_url("**/regions*")
    app.page.go_back()
    app.page.go_back()
    assert settle(app) == first
    expect(number(app, "lambda")).to_have_value("3")


def test_a_page_is_entered_where_streamlit_adds_what_was_for_the_address_component(explorer):
    app = explorer("how_it_works")
    settle(app)
    entries = app.page.evaluate("history.length")
    for path, mark in (("comparison", PAGE_OPENED), ("regions", PAGE_LEFT), ("transfer", PAGE_LEFT)):
        app.page.evaluate(f"history.pushState({{}}, '', '{path}?{mark}')")
        assert app.page.url == app.address + path
    assert app.page.evaluate("history.length") == entries + 3


def test_a_page_that_comes_after_it_was_left_does_not_come_back(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    settle(app)
    app.page.get_by_role("link", name="How it works").click()
    app.page.wait_for_url("**/how_it_works*")
    settle(app)
    path = app.page.evaluate("""() => new Promise(done => {
        addEventListener("popstate", () => {
            history.pushState({}, "", "how_it_works?data=MNIST")
            done(location.pathname)
        }, { once: true })
        history.back()
    })""")
    assert path == "/"


@pytest.mark.parametrize(("query", "key", "presses", "arrow"), STATES)
def test_a_copied_link_brings_the_same_state_back(explorer, query, key, presses, arrow):
    app = explorer(query)
    link, shown = move_and_copy(app, key, presses, arrow)
    app.page.evaluate("localStorage.clear()")
    app.page.goto("about:blank")
    app.page.goto(link)
    assert_is_the_state_of(app, link, key, shown)


def test_a_copied_link_brings_the_same_state_to_another_browser(explorer):
    link, shown = move_and_copy(explorer("?data=MNIST&view=Pixels"), "lambda", 3, "ArrowRight")
    other = explorer("?" + link.partition("?")[2])
    assert_is_the_state_of(other, link, "lambda", shown)


def move_and_copy(app, key, presses, arrow):
    """Move a slider, copy the link of the page; return it with what the slider shows."""
    number(app, key).wait_for()
    settle(app)
    app.move(key, presses, arrow)
    shown = number(app, key).input_value()
    app.page.wait_for_url(re.compile(rf"[?&]{key}={re.escape(shown)}(&|$)"))
    settle(app)
    app.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    app.page.get_by_role("button", name="Copy link").click()
    app.page.get_by_role("button", name="Copied").wait_for()
    link = app.page.evaluate("navigator.clipboard.readText()")
    assert re.search(rf"[?&]{key}={re.escape(shown)}(&|$)", link)
    return link, shown


def assert_is_the_state_of(app, link, key, shown):
    expect(number(app, key)).to_have_value(shown)
    assert settle(app) == link
    assert not app.page.get_by_text("in the address").count()
