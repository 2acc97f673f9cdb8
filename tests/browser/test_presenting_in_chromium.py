import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PAGES = {
    "attack": ("?data=MNIST", ".st-key-result h2"),
    "attack, region": ("?data=MNIST&view=Region&region=6,6,20,20", ".st-key-forget_region"),
    "attack, files": ("?data=MNIST&view=Download+and+reproduce", ".stCode"),
    "regions": ("regions?data=MNIST&pictures=1", ".st-key-result figure"),
    "regions, where": ("regions?data=MNIST&pictures=1&view=Where+on+the+image", ".st-key-result figure"),
}
SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_serious_accessibility_violation(explorer, name):
    query, ready = PAGES[name]
    app = explorer("?data=MNIST")
    app.wait_for_result()
    app.open(query)
    app.page.locator(ready).first.wait_for()
    app.page.wait_for_timeout(1500)
    found = Axe().run(app.page).response["violations"]
    serious = {
        each["id"]: [node["html"][:160] for node in each["nodes"]][:3]
        for each in found
        if each["impact"] in SERIOUS
    }
    assert serious == {}


def test_the_downloaded_report_opens_without_a_network(explorer, browser, tmp_path):
    app = explorer("?data=MNIST&view=Download+and+reproduce")
    headline = app.wait_for_result()
    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="Report (.html)").click()
    path = tmp_path / "report.html"
    waiting.value.save_as(path)
    context = browser.new_context(offline=True)
    page, wanted = context.new_page(), []
    page.on("request", lambda request: wanted.append(request.url))
    page.on("pageerror", lambda error: wanted.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".js-plotly-plot .plotly").first.wait_for()
    assert page.locator("h1").inner_text() == headline
    assert all(url.startswith(("file:", "data:", "blob:")) for url in wanted), wanted
    context.close()


def test_lecture_mode_is_in_the_address_and_hides_the_advanced_controls(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    assert app.page.get_by_text("Advanced", exact=True).is_visible()
    app.page.locator(".st-key-lecture label").first.click()
    app.page.wait_for_url("**lecture=true**")
    app.page.get_by_text("Advanced", exact=True).wait_for(state="hidden")
    size = app.page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert size == "21px"
    other = explorer("?" + app.page.url.partition("?")[2])
    other.wait_for_result()
    other.page.get_by_text("Advanced", exact=True).wait_for(state="hidden")
