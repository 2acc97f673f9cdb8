import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


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
