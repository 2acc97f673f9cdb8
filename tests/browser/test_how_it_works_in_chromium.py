import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

BEND = "how_it_works?data=MNIST&world=Strongly+curved&p1=100&p2=20"

TO_PIXELS = """([a, b]) => {
    const plot = document.querySelector('.st-key-world_chart .js-plotly-plot');
    const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
    return [box.x + xaxis._offset + xaxis.l2p(a), box.y + yaxis._offset + yaxis.l2p(b)];
}"""


def open_lecture(explorer, query=BEND):
    app = explorer(query)
    app.page.locator(".st-key-world_chart .js-plotly-plot").wait_for()
    return app


def title(app):
    return app.page.locator(".st-key-stage_words h5")


def click_at(app, a, b):
    app.page.evaluate("document.querySelector('.st-key-world_chart').scrollIntoView({block: 'center'})")
    app.page.mouse.move(*app.page.evaluate(TO_PIXELS, [a + 12, b + 12]))
    app.page.mouse.move(*app.page.evaluate(TO_PIXELS, [a, b]), steps=4)
    app.page.wait_for_timeout(300)
    app.page.mouse.click(*app.page.evaluate(TO_PIXELS, [a, b]))


def is_near(url, place):
    """Say whether x is at a place: the points that can be clicked are five levels apart."""
    found = re.search(r"p1=(\d+)&p2=(\d+)", url)
    return found and all(abs(int(found[i + 1]) - place[i]) <= 5 for i in (0, 1))


def places(app):
    """Where the parts of the page are that must not jump."""
    script = """() => ['.st-key-world_chart', '.st-key-stage', '.st-key-try_0'].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.x, box.y, box.width].map(Math.round).concat(name == '.st-key-try_0' ? [] : [box.height]);
    })"""
    return app.page.evaluate(script)


def test_a_click_places_the_point_also_where_it_was_before(explorer):
    app = open_lecture(explorer)
    for place in ((200, 60), (40, 225), (200, 60)):
        click_at(app, *place)
        app.page.wait_for_url(lambda url, place=place: is_near(url, place))
    app.press("A bend: what does the second round repair?")
    app.wait_for("An image of two pixels, 100 and 20")
    click_at(app, 200, 60)
    app.page.wait_for_url(lambda url: is_near(url, (200, 60)))
    assert app.strangers == []


def test_the_keys_step_through_the_stages_and_nothing_jumps(explorer):
    app = open_lecture(explorer)
    expect(title(app)).to_have_text("The image is a point")
    before = places(app)
    last = int(app.page.locator(".st-key-stage input[type=range]").get_attribute("max"))
    for stage in range(1, last + 1):
        app.page.keyboard.press("ArrowRight")
        app.page.wait_for_url(re.compile(f"stage={stage}(&|$)"))
        app.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        app.page.wait_for_timeout(150)
        assert places(app) == before
    expect(title(app)).to_have_text("Fooled after 3 rounds")
    app.page.keyboard.press("ArrowLeft")
    expect(title(app)).to_have_text("Test: fooled")


def test_playing_goes_to_the_end_and_p_pauses(explorer):
    app = open_lecture(explorer)
    app.page.keyboard.press("p")
    expect(title(app)).to_have_text(re.compile("DeepFool|normal"), timeout=30_000)
    app.page.keyboard.press("p")
    expect(app.page.get_by_role("button", name=re.compile("^Play"))).to_be_visible(timeout=30_000)
    app.press("The same point with λ = 3: what is won, what is lost?")
    expect(title(app)).to_have_text("The image is a point")
    app.page.keyboard.press("p")
    expect(title(app)).to_have_text("Fooled after 1 round", timeout=60_000)
    expect(app.page.get_by_role("button", name=re.compile("^Play"))).to_be_visible(timeout=30_000)


def test_another_lambda_redraws_the_line_and_stays_in_the_address(explorer):
    app = open_lecture(explorer, BEND + "&stage=5")
    expect(title(app)).to_have_text("The line moved by λ")
    line = "() => document.querySelector('.st-key-world_chart .js-plotly-plot').data[4].y[0]"
    before, boxes = app.page.evaluate(line), places(app)
    app.move("world_lambda", 4, "ArrowRight")
    app.page.wait_for_url("**world_lambda=2*")
    app.wait_for("With λ = 2 the dashed line is 2 times as far")
    assert app.page.evaluate(line) != before
    assert places(app) == boxes
    address = app.page.url
    app.page.reload()
    app.wait_for("With λ = 2 the dashed line is 2 times as far")
    assert app.page.url == address


def test_the_plane_of_a_network_and_the_way_to_the_attack_page(explorer):
    app = open_lecture(explorer, "how_it_works?data=MNIST&picture=3&lambda=1")
    app.page.get_by_text("Ask the network about 81 × 81 images").click()
    app.page.locator(".st-key-plane_chart .js-plotly-plot").wait_for()
    app.wait_for("Turn of the normal")
    app.page.get_by_text("Open this picture and network on the Attack page").click()
    assert app.wait_for_result("mnist/lenet", "λ = 1").startswith("1 →")
    assert "picture=3" in app.page.url
    app.page.get_by_role("link", name="How it works").click()
    app.page.locator(".st-key-world_chart .js-plotly-plot").wait_for()
    app.wait_for("Sample 3, truly: 1")
