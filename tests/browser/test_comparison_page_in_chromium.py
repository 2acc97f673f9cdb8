import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SMALL = "comparison?data=MNIST&attacks=SparseFool&attacks=Random+noise&images=4"
"""Noise is of the size of SparseFool on as many images: that of 4 images comes with nothing."""


def wait_for_lines(app, *attacks):
    for attack in attacks:
        app.page.locator(".comparison table").get_by_text(attack, exact=True).wait_for()


def test_the_stored_run_is_there_when_the_page_opens(explorer):
    app = explorer("comparison?data=MNIST")
    wait_for_lines(app, "SparseFool", "JSMA", "Random noise")
    app.wait_for("Of the attacks that fool at least 90 %")
    app.page.locator(".st-key-summary_chart .js-plotly-plot").wait_for()
    assert app.strangers == []


def test_a_small_comparison_runs_and_a_picture_found_by_its_number_is_shown(explorer):
    app = explorer(SMALL)
    wait_for_lines(app, "SparseFool")
    app.press("Measure what is missing")
    wait_for_lines(app, "SparseFool", "Random noise")
    expect(app.page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    app.page.get_by_role("tab", name="Image by image").click()
    app.page.locator("img[alt^='Test image 0,']").wait_for()
    app.page.get_by_label("Search the pictures").fill("3")
    found = app.page.locator(".picture-list .items button")
    expect(found).to_have_text(["1: 3", "3: 0"])
    found.nth(1).click()
    app.page.locator("img[alt^='Test image 3,']").wait_for()
    expect(app.page.locator("img[alt^='After ']")).to_have_count(2)
    app.page.wait_for_url("**image=3**")
    app.page.reload()
    app.page.locator("img[alt^='Test image 3,']").wait_for()
    expect(app.page.locator("img[alt^='After ']")).to_have_count(2)
