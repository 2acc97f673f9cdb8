import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PAGES = {
    "attack": ("?data=MNIST", ".st-key-overview"),
    "attack, trajectory": ("?data=MNIST&view=Trajectory", ".st-key-step_player .player"),
    "attack, pixels": ("?data=MNIST&view=Pixels", ".st-key-pixels .picture"),
    "attack, region": ("?data=MNIST&view=Region&region=6,6,20,20", ".st-key-forget_region"),
    "attack, files": ("?data=MNIST&view=Download+and+reproduce", ".stCode"),
    "how it works": ("how_it_works?data=MNIST&look=true", ".st-key-plane_chart .js-plotly-plot"),
    "perceptibility": ("perceptibility?data=MNIST&max_iter=10", ".stage"),
    "perceptibility, map": (
        "perceptibility?data=MNIST&show=λ+×+δ+map&max_iter=10",
        ".st-key-picture_map .js-plotly-plot",
    ),
    "perceptibility, many": ("perceptibility?data=MNIST&show=Many+pictures", ".js-plotly-plot"),
    "comparison": ("comparison?data=MNIST", ".st-key-summary_chart .js-plotly-plot"),
    "comparison, images": ("comparison?data=MNIST&section=Image+by+image", "img[alt^='After ']"),
    "comparison, paper": (
        "comparison?data=MNIST&section=Paper+and+here",
        ".st-key-paper_chart .js-plotly-plot",
    ),
    "comparison, files": ("comparison?data=MNIST&section=Download+and+reproduce", ".stCode"),
    "transfer": ("transfer?data=ImageNet", ".st-key-run"),
    "regions": ("regions?data=CIFAR-10", ".st-key-part_examples .picture"),
    "regions, classes": ("regions?data=MNIST&view=By+fooling+class", "[class*=st-key-fooling_table] canvas"),
    "regions, networks": (
        "regions?data=MNIST&pictures=1&view=Same+image,+many+networks",
        ".st-key-result figure",
    ),
    "regions, maps": ("regions?data=MNIST&view=Where+the+network+looks", ".st-key-contrasts .js-plotly-plot"),
}
"""The address of each page and tab, and what is there when it is drawn."""


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_serious_accessibility_violation(explorer, name):
    query, ready = PAGES[name]
    app = explorer(query)
    for scheme in ("light", "dark"):
        app.page.emulate_media(color_scheme=scheme)
        app.page.locator(ready).first.wait_for()
        style = "getComputedStyle(document.querySelector('.stApp')).colorScheme"
        app.page.wait_for_function(f"{style} === '{scheme}'")
        assert serious_violations(app.page) == {}


def test_the_tables_behind_the_papers_chart_have_no_serious_accessibility_violation(explorer):
    app = explorer("comparison?data=MNIST&section=Paper+and+here")
    app.page.locator(".st-key-paper_chart .js-plotly-plot").wait_for()
    for title in ("All conclusions as a table", "figures as a table"):
        app.page.locator("summary", has_text=title).click()
    tables = app.page.locator("[data-testid=stExpander]:has(details[open]) [data-testid=stTable]")
    expect(tables).to_have_count(2)
    for table in tables.all():
        table.wait_for()
    assert serious_violations(app.page) == {}


def test_the_downloaded_report_opens_without_a_network(explorer, browser, tmp_path):
    app = explorer("?data=MNIST&view=Download+and+reproduce")
    headline = app.wait_for_result()
    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="Report (.html)").click()
    path = tmp_path / "report.html"
    waiting.value.save_as(path)
    context = browser.new_context(offline=True)
    page, requested = context.new_page(), []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: requested.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".js-plotly-plot .plotly").first.wait_for()
    assert page.locator("h1").inner_text() == headline
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requested), requested
    context.close()


def test_lecture_mode_is_in_the_address_and_hides_the_advanced_controls(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    expect(app.page.get_by_text("Advanced", exact=True)).to_be_visible()
    app.page.locator(".st-key-lecture label").first.click()
    app.page.wait_for_url("**lecture=true**")
    app.page.get_by_text("Advanced", exact=True).wait_for(state="hidden")
    app.page.wait_for_function("getComputedStyle(document.documentElement).fontSize === '21px'")
    other = explorer("?" + app.page.url.partition("?")[2])
    other.wait_for_result()
    other.page.get_by_text("Advanced", exact=True).wait_for(state="hidden")
