import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from scipy import ndimage

from sparsefool.backend.comparison import adversarial_picture, original_picture
from sparsefool.data.galleries import load_gallery
from sparsefool.data.pictures import Picture
from sparsefool.experiments.paper.experiments import paper_regions
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment
from sparsefool.view.components.picture import LAYER_CSS, LAYER_JS, SWITCHES_HTML, SWITCHES_JS
from sparsefool.view.components.picture_saving import SAVING_HTML, SAVING_JS
from sparsefool.view.shared.palette import DARK, MARK, rgb
from sparsefool.view.shared.pictures import Change, enlarge, mark_changes, picture_html

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADDRESS = "http://pictures.test/"
LARGE = 8
"""Screen pixels across a mark, at least."""
MARGIN = 18
"""Screen pixels around a picture that are looked at with it; the next picture is 40 away."""

SPREAD = [(0, 0), (0, 223), (223, 120), (100, 50), (101, 51), (101, 53), (30, 180)]
CLOSE = [(90, 115), (96, 120), (97, 120), (110, 101)]
"""Changed pixels, by row and column: the zoom shows more of those that are close together."""


def changed(where, dataset="imagenet", number=0):
    picture = load_gallery(dataset).picture(number)
    pixels = picture.pixels.copy()
    for row, column in where:
        pixels[row, column] = 255 - pixels[row, column] // 2
    return Change(picture, Picture(pixels, "changed"))


def page_of(change, width):
    shown = (
        picture_html(change.before, "original"),
        picture_html(change.after, "adversarial", change),
        picture_html(mark_changes(change.before, change.after), "changed", change),
    )
    columns = "".join(f'<div style="width:{width}px">{each}</div>' for each in shown)
    rest = f'{SWITCHES_HTML}{SAVING_HTML}<p style="height:2000px"></p>'
    return (
        f"<!doctype html><meta charset=utf-8><style>body{{margin:40px}}{LAYER_CSS}</style>"
        '<body class="stApp"><div class="figure">'
        f'<div style="display:flex;gap:40px">{columns}</div></div>{rest}'
        f"<script>{LAYER_JS}{SWITCHES_JS}const figure = () => document.querySelector('.figure');"
        "pictures();bindPictureSwitches(document, figure)</script>"
        f"<script type=module>{SAVING_JS}"
        "bindSaving(document.querySelectorAll('button'), figure, 'it')</script>"
    )


@pytest.fixture
def show(browser):
    """Return a function that opens a page with the three pictures of a change."""
    contexts = []

    def open_page(change, width=252, query=""):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = contexts[-1].new_page()
        page.route(
            f"{ADDRESS}**", lambda route: route.fulfill(body=page_of(change, width), content_type="text/html")
        )
        page.goto(ADDRESS + query)
        page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
        return page

    yield open_page
    for context in contexts:
        context.close()


def screenshot(page, clip=None):
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)


def ink_of(page, clip=None):
    """Return where the screen changes when marks are switched on, and the screen with marks."""
    page.get_by_label("Mark changed pixels").check()
    marked = screenshot(page, clip)
    page.get_by_label("Mark changed pixels").uncheck()
    return np.abs(marked - screenshot(page, clip)).sum(axis=2) > 12, marked


def count_unmarked(page, change, alt):
    """Return how many changed pixels of a picture are not inside a closed mark that is large enough."""
    box = page.get_by_alt_text(alt, exact=True).bounding_box()
    left, top = round(box["x"]) - MARGIN, round(box["y"]) - MARGIN
    sides = {side: round(box[side]) + 2 * MARGIN for side in ("width", "height")}
    ink, marked = ink_of(page, {"x": left, "y": top, **sides})
    scale = box["width"] / change.before.width
    outside = ndimage.label(~ink)[0]
    blobs, _ = ndimage.label(outside != outside[0, 0], np.ones((3, 3)))
    sizes = [
        (part[0].stop - part[0].start, part[1].stop - part[1].start) for part in ndimage.find_objects(blobs)
    ]
    inks = [
        set(blobs[ink & (np.abs(marked - colour).sum(axis=2) < 90)].tolist())
        for colour in (rgb(MARK), rgb(DARK))
    ]
    unmarked = 0
    for row, column in np.argwhere((change.before.pixels != change.after.pixels).any(axis=2)):
        y, x = int(box["y"] - top + (row + 0.5) * scale), int(box["x"] - left + (column + 0.5) * scale)
        blob = blobs[y, x]
        is_marked = blob and min(sizes[blob - 1]) >= LARGE and all(blob in found for found in inks)
        unmarked += not is_marked
    return unmarked


@pytest.mark.parametrize("width", [120, 252, 360])
def test_every_changed_pixel_is_inside_a_mark_that_is_large_enough(show, width):
    change = changed(SPREAD)
    page = show(change, width)
    for alt in ("adversarial", "changed"):
        assert count_unmarked(page, change, alt) == 0


def test_every_changed_pixel_of_every_imagenet_sample_is_marked(show):
    rows = read_experiment(paper_regions("imagenet"), RecordStore()).rows
    rows = rows[rows["model"] == "imagenet/efficientnet-lite0"]
    assert len(rows) == 20
    for _, row in rows.iterrows():
        change = Change(original_picture(row["model"], int(row["image"])), adversarial_picture(row))
        page = show(change)
        assert count_unmarked(page, change, "adversarial") == 0, row["image"]
        page.close()


def test_hundreds_of_marks_hide_neither_each_other_nor_the_picture(show):
    random = np.random.default_rng(0)
    places = (100 + 30 * random.standard_normal((600, 2))).astype(int).clip(0, 223)
    change = changed(places)
    page = show(change)
    assert count_unmarked(page, change, "adversarial") == 0
    box = {side: round(size) for side, size in page.get_by_alt_text("adversarial").bounding_box().items()}
    ink, _ = ink_of(page)
    covered = ink[box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]]
    assert covered.mean() < 0.25


def test_with_marks_off_the_screen_shows_the_picture_exactly(show):
    change = changed(SPREAD)
    page = show(change)
    assert page.get_by_label("Mark changed pixels").is_checked()
    page.get_by_label("Mark changed pixels").uncheck()
    assert "marks=off" in page.url
    image = page.get_by_alt_text("adversarial")
    box = image.bounding_box()
    x, y = round(box["x"]), round(box["y"])
    seen = screenshot(page)[y + 4 : y + 220, x + 4 : x + 220]
    assert np.array_equal(seen, change.after.pixels[4:220, 4:220])
    source = base64.b64decode(image.get_attribute("src").partition(",")[2])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(source))), enlarge(change.after).pixels)


def test_large_pixels_are_marked_only_on_request_which_the_address_keeps(show):
    change = changed([(3, 4)], "cifar10")
    page = show(change)
    expect(page.locator("svg.marks")).to_have_count(0)
    page.get_by_label("Mark changed pixels").check()
    expect(page.locator("svg.marks")).to_have_count(2)
    page.reload()
    assert page.get_by_label("Mark changed pixels").is_checked()
    expect(page.locator("svg.marks")).to_have_count(2)


def test_marks_that_would_hide_the_picture_are_drawn_only_on_request(show):
    few, most = (changed(places, "cifar10") for places in ([(3, 4)], list(np.ndindex(32, 12))))
    expect(show(few, 120).locator("svg.marks")).to_have_count(1)
    page = show(most, 120)
    expect(page.locator("svg.marks")).to_have_count(0)
    page.get_by_label("Mark changed pixels").check()
    expect(page.locator("svg.marks")).to_have_count(2)


def test_the_magnifier_tells_the_values_in_all_pictures_of_the_image(show):
    change = changed(CLOSE)
    page = show(change, 360)
    box = page.get_by_alt_text("original").bounding_box()
    row, column = CLOSE[0]
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / 224, box["y"] + (row + 0.5) * box["height"] / 224
    )
    before, after = change.before.pixels[row, column], change.after.pixels[row, column]
    original, adversarial, marked = (lens.inner_text().split("\n") for lens in page.locator(".lens").all())
    names = "RGB"
    assert original == [f"Row {row}", f"Column {column}"] + [
        f"{n} {v}" for n, v in zip(names, before, strict=True)
    ]
    assert adversarial == [f"{n} {a} → {b}" for n, a, b in zip(names, before, after, strict=True)]
    assert marked == adversarial
    page.mouse.wheel(0, 300)
    page.wait_for_function("scrollY === 300")
    page.mouse.move(5, 5)
    expect(page.locator(".lens")).to_have_count(0)


def test_what_the_magnifier_shows_is_the_picture_enlarged(show):
    change = changed(CLOSE)
    page = show(change, 252)
    page.get_by_alt_text("original").hover(position={"x": 100.5, "y": 150.5})
    values = (
        page.locator(".lens canvas")
        .nth(1)
        .evaluate("lens => [...lens.getContext('2d').getImageData(0, 0, 16, 16).data]")
    )
    row, column = 150, 100
    expected = change.after.pixels[row - 8 : row + 8, column - 8 : column + 8]
    assert np.array_equal(np.reshape(values, (16, 16, 4))[:, :, :3], expected)


def test_the_keyboard_goes_from_one_changed_pixel_to_the_next(show):
    page = show(changed(CLOSE), 252)
    page.keyboard.press("Tab")
    said = page.locator(".picture-speaker")
    assert said.inner_text().startswith("Row 90, column 115")
    page.keyboard.press("Enter")
    assert said.inner_text().startswith("Row 96, column 120")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    assert said.inner_text().startswith("Row 97, column 112")
    page.keyboard.press("Escape")
    expect(page.locator(".lens")).to_have_count(0)
    page.keyboard.press("Tab")
    assert page.get_by_label("Mark changed pixels").evaluate("box => box === document.activeElement")


def test_all_pictures_zoom_to_the_same_place_and_stay_as_large(show):
    change = changed(CLOSE)
    page = show(change, 252, "?marks=off")
    frames = page.locator(".picture")
    before = [frame.bounding_box() for frame in frames.all()]
    page.get_by_label("Zoom to the changed pixels").check()
    assert "zoom=on" in page.url
    assert [frame.bounding_box() for frame in frames.all()] == before
    places = [image.bounding_box() for image in page.locator("img").all()]
    assert (
        len({(place["x"] - frame["x"], place["width"]) for place, frame in zip(places, before, strict=True)})
        == 1
    )
    times = round(places[1]["width"] / 224)
    assert times > 1
    seen = screenshot(page)
    for row, column in CLOSE:
        y = int(places[1]["y"] + (row + 0.5) * times)
        x = int(places[1]["x"] + (column + 0.5) * times)
        assert np.array_equal(seen[y, x], change.after.pixels[row, column])
        assert before[1]["x"] < x < before[1]["x"] + before[1]["width"]


def test_the_zoom_is_not_offered_where_it_would_show_nothing_more(show):
    page = show(changed(SPREAD))
    assert page.get_by_label("Zoom to the changed pixels").is_disabled()


def save(page, kind, tmp_path):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_saved_figure_has_the_marks_and_the_zoom_of_the_page(show, tmp_path):
    change = changed(CLOSE)
    page = show(change)
    assert save(page, "SVG", tmp_path).read_text().count('class="marks"') == 2
    page.get_by_label("Mark changed pixels").uncheck()
    page.get_by_label("Zoom to the changed pixels").check()
    assert 'class="marks"' not in save(page, "SVG", tmp_path).read_text()
    saved = np.asarray(Image.open(save(page, "PNG", tmp_path)).convert("RGB"))[::2, ::2].astype(int)
    seen = screenshot(page)
    frames = [frame.bounding_box() for frame in page.locator(".picture").all()]
    left, top = round(frames[0]["x"]) - 8, round(frames[0]["y"]) - 8
    for frame in frames:
        x, y, side = round(frame["x"]) + 4, round(frame["y"]) + 4, 200
        on_page = seen[y : y + side, x : x + side]
        in_file = saved[y - top : y - top + side, x - left : x - left + side]
        assert np.abs(on_page - in_file).max() <= 1
