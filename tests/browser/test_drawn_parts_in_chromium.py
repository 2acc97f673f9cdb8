import numpy as np
import pytest
from playwright.sync_api import expect

from sparsefool.analysis.enrichment import enrichment_of
from sparsefool.data.annotations import parse_annotations
from tests.browser.accessibility import serious_violations
from tests.browser.layout import SIZES, layout_faults
from tests.browser.test_regions_in_chromium import draw

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def keep(app, name):
    box = app.page.locator(".st-key-part_name input")
    box.fill(name)
    box.press("Enter")
    app.page.get_by_role("button", name="Keep as a part").click()
    app.page.get_by_role("button", name=f"Remove {name}").wait_for()
    app.wait_until_idle()


def row_of(app, name):
    """Return the texts of the part's row in the table: pixels, area, enrichment, p."""
    row = app.page.locator("tr").filter(has=app.page.get_by_role("cell", name=name, exact=True))
    return [cell.strip() for cell in row.first.locator("td").all_inner_texts()]


def test_a_drawn_and_named_part_is_measured_outlined_saved_and_run_on_the_networks(explorer, tmp_path):
    app = explorer("?data=MNIST&view=Region")
    app.wait_for_result()
    before, after = app.pictures()
    draw(app, (3, 5), (26, 22))
    keep(app, "object")
    app.page.locator("[data-title='Lasso Select']").first.click()
    draw(app, (5, 7), (5, 20), (15, 20), (15, 7), (5, 7))
    keep(app, "upper part")

    with app.page.expect_download() as download:
        app.page.get_by_text("Parts as a file").click()
        app.page.get_by_role("button", name="Parts of 1 picture (.jsonl)").click()
    download.value.save_as(tmp_path / "parts.jsonl")
    text = (tmp_path / "parts.jsonl").read_text(encoding="utf-8")
    (annotation,) = parse_annotations(text, "parts.jsonl")
    assert (annotation.dataset, annotation.size) == ("mnist", (28, 28))
    assert annotation.mask("object").sum() == 24 * 18
    upper = annotation.mask("upper part")
    assert abs(int(upper.sum()) - 11 * 14) < 25

    changed = (before != after).any(2)[None].astype(float)
    found = enrichment_of("x", changed, upper[None], annotation.mask("object")[None], np.zeros(1, int))
    pixels, area, enrichment, _ = row_of(app, "upper part")[1:]
    assert f"({100 * found.share:.0f} %)" in pixels
    assert f"{100 * found.area:.1f} % of" in area
    assert enrichment == f"{found.of_object.value:.2f}"

    expect(app.page.locator(".st-key-overview .picture img[src^='data:image/svg']")).to_have_count(3)
    assert (app.pictures()[1] == after).all()

    app.page.get_by_role("link", name="Regions").click()
    app.page.get_by_role("tab", name="Your pictures").click()
    app.press("Attack and measure")
    app.page.locator(".st-key-parts_table").wait_for()
    app.wait_until_idle()
    assert row_of(app, "upper part")[4] == enrichment
    app.page.reload()
    app.wait_for("No part has been drawn")
    app.open("?data=MNIST&view=Region")
    app.wait_for_result()
    app.page.get_by_text("Parts as a file").click()
    app.page.locator(".st-key-parts_file input[type=file]").set_input_files(tmp_path / "parts.jsonl")
    app.page.get_by_role("button", name="Remove upper part").wait_for()
    assert row_of(app, "upper part")[3] == enrichment
    assert app.strangers == []


def assert_layout_and_accessibility(page):
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # charts follow the window after a while
        assert layout_faults(page) == [], width
    assert serious_violations(page) == {}


def test_parts_lie_within_the_page_and_on_nothing_else(explorer):
    app = explorer("?data=MNIST&view=Region")
    app.wait_for_result()
    draw(app, (3, 5), (26, 22))
    keep(app, "object")
    draw(app, (5, 7), (15, 20))
    keep(app, "a part with a long name")
    draw(app, (18, 7), (24, 20))
    app.page.get_by_text("Parts as a file").click()
    assert_layout_and_accessibility(app.page)
    app.page.get_by_role("link", name="Regions").click()
    app.page.get_by_role("tab", name="Your pictures").click()
    app.press("Attack and measure")
    app.page.locator(".st-key-parts_table").wait_for()
    assert_layout_and_accessibility(app.page)
    assert "view=Your" in app.page.url
