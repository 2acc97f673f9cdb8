import numpy as np
import pytest

from sparsefool.data.pictures import Picture
from sparsefool.data.regions import parse_region, rectangle
from sparsefool.view.attack.tabs import region_panel
from sparsefool.view.shared.controls import region
from tests.pages.attack_page import headline_of, new_page, open_page, report_of, settle, texts

SIZE = (28, 28)
CORE = "6,6,21,21"


def stray_pixels(report):
    changed = (report.adversarial.pixels != report.request.picture.pixels).any(2)
    return int((changed & ~report.request.region.mask).sum())


def measured(page):
    metric = next(each for each in page.metric if each.label.startswith("Perturbed pixels inside"))
    return metric.value, metric.delta


@pytest.mark.parametrize(("use", "free"), [("Only inside", 256), ("Only outside", 784 - 256)])
def test_a_link_confines_the_attack(use, free):
    page = open_page(region=CORE, perturb=use, view="Region")
    report = report_of(page)
    assert report.request.region.pixels == free
    assert report.change_8bit.pixels > 0
    assert stray_pixels(report) == 0
    assert "0 pixels changed where none may" in " ".join(each.value for each in page.markdown)


def test_the_share_inside_stands_beside_the_share_of_the_picture():
    page = open_page(region=CORE, view="Region")
    report = report_of(page)
    assert report.request.region is None
    changed = (report.adversarial.pixels != report.request.picture.pixels).any(2)
    inside = int((changed & parse_region(CORE, SIZE).mask).sum())
    value, delta = measured(page)
    assert value == f"{inside} of {report.change_8bit.pixels}"
    assert "covers 32.7 % of the picture" in delta


def test_the_buttons_confine_the_attack_and_free_it_again():
    page = open_page(region=CORE, view="Region")
    free = headline_of(page)
    page.button(key="use_Only inside").click()
    settle(page)
    assert report_of(page).request.region.pixels == 256
    page.button(key="use_Only outside").click()
    settle(page)
    assert report_of(page).request.region.pixels == 784 - 256
    page.button(key="forget_region").click()
    settle(page)
    assert report_of(page).request.region is None
    assert headline_of(page) == free
    assert "draw a region" in texts(page.info).lower()


def test_a_region_of_one_pixel_says_what_stands_in_the_way():
    page = open_page(region="14,14,14,14", perturb="Only inside")
    assert "it still sees a 7" in headline_of(page)
    assert "let more pixels change than the 1 in the region" in texts(page.warning)


def test_a_region_of_everything_leaves_the_attack_as_it_is():
    free = headline_of(open_page())
    page = open_page(region="0,0,27,27", perturb="Only inside", view="Region")
    assert headline_of(page) == free
    assert report_of(page).request.region is None
    assert "covers the whole picture" in texts(page.info)
    assert page.button(key="use_Only outside").disabled


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ({"region": "0,0,27,27", "perturb": "Only outside"}, "No pixel may change"),
        ({"region": "0,0,99,99"}, "rows 0 to 27 and columns 0 to 27"),
        ({"region": "32x32:AAAA"}, "The region is 32 x 32 pixels large, the picture 28 x 28"),
        ({"region": "<script>"}, "is no region"),
        ({"perturb": "Only inside"}, "there is none yet: type its corners"),
    ],
)
def test_an_unusable_region_is_explained(address, message):
    page = open_page(**address)
    assert message in texts(page.error)
    assert not page.header


def test_another_data_set_begins_without_a_region():
    page = open_page(region=CORE, perturb="Only inside")
    page.segmented_control(key="data").set_value("cifar10").run()
    assert page.text_input(key="region").value == ""
    assert page.segmented_control(key="perturb").value == "Anywhere"


def upload(page, name, data):
    uploader = next(each for each in page.file_uploader if each.key == "mask_file")
    uploader.upload(name, data)
    return settle(page)


def test_an_uploaded_mask_becomes_the_region():
    page = open_page(view="Region")
    upload(page, "mask.png", parse_region(CORE, SIZE).picture().png())
    assert page.text_input(key="region").value == CORE
    assert measured(page)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no picture", "no image file that can be read"),
        (rectangle((0, 0, 4, 4), (30, 30)).picture().png(), "The mask is 30 x 30 pixels large"),
        (rectangle((0, 0, 27, 27), SIZE).inverted().picture().png(), "the region is empty"),
        (
            Picture(np.random.default_rng(0).integers(0, 256, (28, 28, 1), dtype=np.uint8), "noise").png(),
            "A mask is white inside",
        ),
    ],
)
def test_an_unusable_mask_is_explained_and_the_page_goes_on(data, message):
    page = open_page(view="Region")
    upload(page, "mask.png", data)
    assert message in texts(page.error)
    assert page.text_input(key="region").value == ""
    assert headline_of(page).startswith("The network saw a 7.")


def test_a_mask_too_intricate_for_an_address_is_refused(monkeypatch):
    monkeypatch.setattr(region, "LONGEST_TEXT", 40)
    page = new_page(view="Region")
    settle(page)
    noise = np.random.default_rng(0).random(SIZE) < 0.5
    upload(page, "mask.png", Picture((noise * np.uint8(255))[:, :, None], "mask").png())
    assert "too intricate for the page's address" in texts(page.error)


@pytest.mark.parametrize(
    ("start", "stop", "taken"),
    [(2.6, 4.4, slice(3, 5)), (2.4, 2.45, slice(2, 3)), (-9, 99, slice(0, 28)), (40, 50, slice(40, 28))],
)
def test_a_drawn_rectangle_takes_the_pixels_it_touches(start, stop, taken):
    assert region_panel._touched(start, stop, 28) == taken
