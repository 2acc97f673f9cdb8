import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

BEND = "how_it_works?data=MNIST&world=Strongly+curved&p1=100&p2=20"

PICTURE = ".st-key-world_canvas svg[role=img]"
PLAYER = ".st-key-stage_player"
WORDS = ".st-key-stage_words"


def open_lecture(explorer, query=BEND):
    app = explorer(query)
    app.page.locator(PICTURE).wait_for()
    app.page.locator(f"{PLAYER} .play:enabled").wait_for()
    app.page.locator(".st-key-try_0 button").wait_for()
    app.wait_until_idle()
    return app


def title(app):
    return app.page.locator(f"{WORDS} h5")


def click_at(app, a, b):
    app.page.evaluate("document.querySelector('.st-key-world_canvas').scrollIntoView({block: 'center'})")
    app.page.wait_for_timeout(300)
    box = app.page.locator(f"{PICTURE} .square").bounding_box()
    app.page.mouse.click(box["x"] + a / 255 * box["width"], box["y"] + (1 - b / 255) * box["height"])


def is_near(url, place):
    """Say whether x is at a place, to the width of a pixel of the screen."""
    found = re.search(r"p1=(\d+)&p2=(\d+)", url)
    return found and all(abs(int(found[i + 1]) - place[i]) <= 2 for i in (0, 1))


def stage_in_picture_and_words(app):
    """Return what the player, the words and the picture say, when nothing runs any more."""
    app.wait_until_idle()
    place = app.page.locator(f"{PLAYER} .place").inner_text()
    return place, title(app).inner_text(), app.page.locator(PICTURE).inner_html()


def places(app):
    """Where the parts of the page are that must not jump."""
    script = """() => ['.st-key-world_canvas', '.st-key-stage_player', '.st-key-try_0'].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.x, box.y, box.width].map(Math.round).concat(name == '.st-key-try_0' ? [] : [box.height]);
    })"""
    return app.page.evaluate(script)


def test_a_click_places_the_point_also_where_it_was_before(explorer):
    app = open_lecture(explorer)
    for place in ((200, 60), (40, 225), (200, 60)):
        click_at(app, *place)
        app.page.wait_for_url(lambda url, place=place: is_near(url, place))
    app.page.locator(".st-key-try_2 button").click()
    app.wait_for("An image of two pixels, 100 and 20")
    click_at(app, 200, 60)
    app.page.wait_for_url(lambda url: is_near(url, (200, 60)))
    assert app.strangers == []


def test_the_keys_step_through_the_stages_and_nothing_jumps(explorer):
    app = open_lecture(explorer)
    expect(title(app)).to_have_text("The image is a point")
    before = places(app)
    last = int(app.page.locator(f"{PLAYER} input").get_attribute("max"))
    for stage in range(1, last + 1):
        app.page.keyboard.press("ArrowRight")
        app.page.wait_for_url(re.compile(f"stage={stage}(&|$)"))
        app.wait_until_idle()
        app.page.wait_for_timeout(150)
        assert places(app) == before
    expect(title(app)).to_have_text("Fooled after 3 rounds")
    app.page.keyboard.press("ArrowLeft")
    expect(title(app)).to_have_text("Test: fooled")


@pytest.mark.parametrize("gap_ms", [0, 30])
def test_no_key_is_lost_however_fast_they_come(explorer, gap_ms):
    app = open_lecture(explorer)
    for _ in range(10):
        app.page.keyboard.press("ArrowRight")
        app.page.wait_for_timeout(gap_ms)
    app.page.wait_for_url(re.compile("stage=10(&|$)"))
    fast = stage_in_picture_and_words(app)
    app.page.reload()
    app.page.locator(PICTURE).wait_for()
    assert stage_in_picture_and_words(app) == fast
    for _ in range(30):
        app.page.keyboard.press("ArrowRight")
    expect(title(app)).to_have_text("Fooled after 3 rounds")
    for _ in range(30):
        app.page.keyboard.press("ArrowLeft")
    expect(title(app)).to_have_text("The image is a point")
    for _ in range(3):
        app.page.keyboard.press("p")
    expect(app.page.locator(f"{PLAYER} .play")).to_have_text(re.compile("Pause"))
    app.page.keyboard.press("p")
    expect(app.page.locator(f"{PLAYER} .play")).to_have_text(re.compile("Play"))


def test_fast_drags_end_with_picture_words_and_address_in_agreement(explorer):
    app = open_lecture(explorer, BEND + "&stage=99")
    app.move("world_lambda", 16, "ArrowRight")
    app.move("world_lambda", 8, "ArrowLeft")
    app.move("p1", 25, "ArrowRight")
    app.move("world_delta", 40, "ArrowLeft")
    app.page.wait_for_url(
        lambda url: all(part in url for part in ("world_lambda=3", "p1=125", "world_delta=215"))
    )
    app.page.wait_for_timeout(1500)
    dragged, address = stage_in_picture_and_words(app), app.page.url
    assert "x at 125, 20." in app.page.locator(PICTURE).get_attribute("aria-label")
    fresh = open_lecture(explorer, "how_it_works?" + address.partition("?")[2])
    fresh.page.wait_for_timeout(500)
    assert stage_in_picture_and_words(fresh) == dragged
    assert fresh.page.url == address


@pytest.mark.parametrize("lecture", ["", "&lecture=true"], ids=["desk", "lecture"])
def test_figure_sliders_and_the_current_line_are_in_the_first_screen(explorer, lecture):
    app = open_lecture(explorer, f"{BEND}&stage=6{lecture}")
    for width, height in ((1280, 800), (1024, 768)):
        app.page.set_viewport_size({"width": width, "height": height})
        expect(app.page.locator(".listing li.now:visible")).to_have_count(4)
        parts = [PICTURE, ".st-key-world_sliders", PLAYER, ".listing li.now"]
        if not (lecture and width == 1024):  # there the lecturer says the words
            parts.append(f"{WORDS} p")
        for part in parts:
            for each in app.page.locator(part).filter(visible=True).all():
                expect(each).to_be_in_viewport(ratio=1)
        one, two = (app.page.locator(f".st-key-{key} label") for key in ("p1", "world_lambda"))
        assert one.bounding_box()["height"] == two.bounding_box()["height"]


def test_a_number_of_the_text_lights_up_its_place_while_it_is_hovered_or_focused(explorer):
    app = open_lecture(explorer)
    number, box = (app.page.locator(f"{WORDS} [data-points={name}]").first for name in ("x1", "box"))
    guide = app.page.locator(f"{PICTURE} [data-mark=x1]")
    frame = app.page.locator(f"{PICTURE} [data-mark=box]")
    expect(number).to_have_text("100")
    expect(guide).to_be_hidden()
    number.hover()
    expect(guide).to_be_visible()
    expect(guide.locator("text")).to_have_text("100")
    expect(frame).to_have_css("opacity", "0.22")
    title(app).hover()
    expect(guide).to_be_hidden()
    expect(frame).to_have_css("opacity", "1")
    box.focus()
    expect(frame).to_have_class("lit")
    app.page.keyboard.press("Tab")
    expect(app.page.locator(f"{WORDS} [data-points]:focus")).to_have_text("255")
    expect(frame).to_have_class("lit")
    app.page.locator(f"{PLAYER} .forward").focus()
    expect(frame).not_to_have_class("lit")


def test_the_speed_button_changes_the_pace_while_it_plays(explorer):
    app = open_lecture(explorer)
    app.page.evaluate(
        """() => {
            const start = window.setInterval
            window.paces = []
            window.setInterval = (task, pace) => { window.paces.push(pace); return start(task, pace) }
        }"""
    )
    play, speed = (app.page.locator(f"{PLAYER} .{name}") for name in ("play", "speed"))
    expect(speed).to_have_text("1×")
    app.page.keyboard.press("p")
    for text, pace in (("2×", 800), ("½×", 3200), ("1×", 1600)):
        speed.click()
        expect(speed).to_have_text(text)
        assert app.page.evaluate("window.paces.at(-1)") == pace
        expect(play).to_have_text(re.compile("Pause"))
    app.page.keyboard.press("p")
    expect(play).to_have_text(re.compile("Play"))


def test_two_sessions_do_not_mix(explorer):
    one, other = open_lecture(explorer), open_lecture(explorer, BEND.replace("p1=100", "p1=180"))
    for stage in (1, 2, 3):
        one.page.keyboard.press("ArrowRight")
        one.page.wait_for_url(re.compile(f"stage={stage}(&|$)"))
        click_at(other, 40 * stage, 200)
        other.page.wait_for_url(lambda url, place=(40 * stage, 200): is_near(url, place))
    assert "x at 100, 20." in one.page.locator(PICTURE).get_attribute("aria-label")
    assert "stage" not in other.page.url
    expect(title(other)).to_have_text("The image is a point")


def test_playing_goes_to_the_end_and_p_pauses(explorer):
    app = open_lecture(explorer)
    app.page.keyboard.press("p")
    expect(title(app)).to_have_text(re.compile("DeepFool|normal"), timeout=30_000)
    app.page.keyboard.press("p")
    expect(app.page.locator(f"{PLAYER} .play", has_text="Play")).to_be_visible(timeout=30_000)
    app.page.locator(".st-key-try_3 button").click()
    app.wait_for("The same point with λ = 3: what is gained, what is lost?")
    expect(title(app)).to_have_text("The image is a point")
    app.wait_until_idle()
    app.page.locator(f"{PLAYER} .play:enabled").wait_for()
    app.page.locator(".st-key-try_0 button").wait_for()
    app.page.keyboard.press("p")
    expect(title(app)).to_have_text("Fooled after 1 round", timeout=60_000)
    expect(app.page.locator(f"{PLAYER} .play", has_text="Play")).to_be_visible(timeout=30_000)


def test_another_lambda_redraws_the_line_and_stays_in_the_address(explorer):
    app = open_lecture(explorer, BEND + "&stage=5")
    expect(title(app)).to_have_text("The line moved by λ")
    line = app.page.locator(f"{PICTURE} polyline[stroke-dasharray='8 6']")
    before, boxes = line.get_attribute("points"), places(app)
    app.move("world_lambda", 4, "ArrowRight")
    app.page.wait_for_url("**world_lambda=2*")
    app.wait_for("With λ = 2 the dashed line is 2 times as far")
    assert line.get_attribute("points") != before
    assert places(app) == boxes
    address = app.page.url
    app.page.reload()
    app.wait_for("With λ = 2 the dashed line is 2 times as far")
    assert app.page.url == address


def test_the_plane_of_a_network_and_the_way_to_the_attack_page(explorer):
    app = open_lecture(explorer, "how_it_works?data=MNIST&picture=3&lambda=1")
    app.page.get_by_text("Another picture, network or λ").click()
    app.page.get_by_text("Classify images all over").click()
    plane = app.page.locator(".st-key-network_plane")
    plane.locator(".st-key-plane_chart .js-plotly-plot").wait_for()
    plane.get_by_text("mnist/lenet on").wait_for()
    expect(plane).to_contain_text("One round was enough")
    app.page.get_by_text("Open this picture and network on the Attack page").click()
    assert app.wait_for_result("LeNet", "λ = 1").startswith("The network saw a 1.")
    assert "picture=3" in app.page.url
    app.page.get_by_role("link", name="How it works").click()
    app.page.locator(PICTURE).wait_for()
    app.wait_for("Sample 3, true class: 1")
