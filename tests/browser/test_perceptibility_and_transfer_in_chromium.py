import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sparsefool import paths
from sparsefool.data.galleries import load_gallery
from sparsefool.experiments.paper.experiments import paper_sweep
from tests.browser.accessibility import serious_violations
from tests.stored_transfer import IMAGES, LAMBDA, store_transfer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CANCELLED = 997
"""Images of a sweep that nobody else asks for."""


def decode(source):
    assert source.startswith("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))).astype(int)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def click_cell(app, across, down):
    """Click a point of the first chart, given in shares of its width and height, once it can be clicked."""
    app.wait_for("Click a cell")
    plot = app.page.locator(".js-plotly-plot .nsewdrag").first
    plot.wait_for()
    box = plot.bounding_box()
    app.page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    app.page.locator(".hovertext").wait_for()
    app.page.mouse.down()
    app.page.mouse.up()


@pytest.fixture
def new_blocks():
    """Return a function that finds the blocks measured since the test began; they are removed after it."""
    before = set(paths.OWN_RESULTS.rglob("*.parquet"))
    yield lambda: set(paths.OWN_RESULTS.rglob("*.parquet")) - before
    for path in set(paths.OWN_RESULTS.rglob("*.parquet")) - before:
        path.unlink()


@pytest.fixture
def _stored_transfer(new_blocks):
    store_transfer(paths.OWN_RESULTS)
    return new_blocks


def test_the_comparator_shows_the_original_and_the_picture_of_the_row(explorer):
    app = explorer("perceptibility?data=MNIST&picture=3&max_iter=10")
    components = app.page.locator(".stBidiComponent, [data-testid=stBidiComponent]")
    comparator = components.filter(has=app.page.locator("img.original")).first
    comparator.locator("img.original").wait_for(state="attached")
    before, after = (
        decode(comparator.locator(f"img.{which}").get_attribute("src"))
        for which in ("original", "adversarial")
    )
    original = (255 * load_gallery("mnist").images[2]).round().permute(1, 2, 0).numpy().astype(int)
    assert np.array_equal(before, original)
    tile = decode(app.page.locator("img[alt^='At δ = 255 ']").get_attribute("src"))
    assert np.array_equal(after, tile)
    metric = (
        app.page.locator(".stMetric").filter(has_text="Pixels changed").locator("[data-testid=stMetricValue]")
    )
    assert (before != after).any(axis=2).sum() == int(metric.inner_text().replace(",", "")) > 0
    box = comparator.locator(".stage").bounding_box()
    assert box["width"] % 28 == 0
    assert box["width"] == box["height"]


def test_the_comparator_blinks_pauses_and_parts(explorer):
    app = explorer("perceptibility?data=MNIST&picture=3&max_iter=10")
    said, stage = app.page.locator(".which"), app.page.locator(".stage")
    stage.wait_for()
    expect(said).to_contain_text("Adversarial:")
    expect(said).to_contain_text("Original:")
    stage.focus()
    app.page.keyboard.press("Space")
    expect(app.page.locator("button.play")).to_have_text("Play")
    app.page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Adversarial:")
    app.page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("Original:")
    app.page.get_by_text("Divider", exact=True).first.click()
    clip = app.page.locator(".comparator .part").evaluate("part => part.style.clipPath")
    assert "50%" in clip
    assert app.strangers == []


def test_it_does_not_blink_for_who_asks_for_less_motion(explorer):
    app = explorer("transfer?data=MNIST")
    app.page.emulate_media(reduced_motion="reduce")
    app.open("perceptibility?data=MNIST&picture=3&max_iter=10")
    app.page.locator(".stage").wait_for()
    expect(app.page.locator("button.play")).to_have_text("Play")
    expect(app.page.locator(".hint")).to_contain_text("less motion")


def test_a_sweep_runs_with_progress_and_can_be_cancelled(explorer, new_blocks):
    tasks = paper_sweep("mnist", images=CANCELLED).tasks()
    app = explorer(f"perceptibility?data=MNIST&show=Many+pictures&over=λ+(Figure+4)&images={CANCELLED}")
    app.wait_for("n = 200 images")
    app.press("Run")
    app.wait_for(f" of {sum(task.images for task in tasks)} images")
    app.press("Cancel")
    app.wait_for("Finished batches are kept")
    assert len(new_blocks()) < len(tasks)


def test_a_cell_of_the_map_opens_under_an_address_that_shows_the_same_when_reloaded(explorer):
    app = explorer("perceptibility?data=MNIST&picture=3&show=λ+×+δ+map&max_iter=20")
    click_cell(app, 7 / 12, 3 / 10)
    headline = app.wait_for_result("λ = 5", "δ = 50")
    app.page.wait_for_url(
        lambda url: {"lambda=5", "delta=50", "max_iter=20"} <= set(url.split("?")[1].split("&"))
    )
    address = app.page.url
    app.page.reload()
    assert app.wait_for_result("λ = 5", "δ = 50") == headline
    assert app.page.url == address


def test_after_a_reload_the_stored_result_is_there(explorer):
    app = explorer("perceptibility?data=MNIST&show=Many+pictures")
    for _ in range(2):
        app.wait_for("n = 200 images")
        app.wait_for("No value left its δ box")
        app.page.locator(".js-plotly-plot").first.wait_for()
        app.page.reload()


@pytest.mark.usefixtures("_stored_transfer")
def test_a_click_on_a_cell_of_the_matrix_opens_its_images(explorer):
    app = explorer(f"transfer?data=ImageNet&lambda={LAMBDA}&images_imagenet={IMAGES}")
    click_cell(app, 1 / 2, 1 / 6)
    app.wait_for("Made for EfficientNet-Lite0, tried on EfficientNet-Lite1")
    app.wait_for("Transferred: 3 of 3")
    before = decode(app.page.locator("img[alt^='Test image 0, true class']").first.get_attribute("src"))
    after = decode(app.page.locator("img[alt^='Test image 0 with']").first.get_attribute("src"))
    assert (before != after).any()
    assert serious_violations(app.page) == {}
    with app.page.expect_download() as waiting:
        app.page.locator(".st-key-save_transferred").get_by_role("button", name="SVG").click()
    assert waiting.value.suggested_filename == "sparsefool-transferred.svg"
