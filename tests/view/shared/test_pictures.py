import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from sparsefool.data.pictures import Picture
from sparsefool.view.shared.palette import MARK, rgb
from sparsefool.view.shared.pictures import Change, enlarge, mark_changes, picture_html, repeat, to_picture


def random_picture(height, width, channels=3, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Picture(pixels, "noise")


def changed_copy(picture, where):
    pixels = picture.pixels.copy()
    for row, column in where:
        pixels[row, column, 0] ^= 1
    return Picture(pixels, "changed")


def decode(html):
    """Return what a browser gets to see of an ``<img>``."""
    data = re.search(r'<img src="data:image/png;base64,([^"]+)"', html)
    image = Image.open(io.BytesIO(base64.b64decode(data[1])))
    assert image.format == "PNG"
    pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def test_what_the_browser_decodes_is_the_picture_enlarged_a_whole_number_of_times():
    for height, width, channels in [(32, 32, 3), (28, 28, 1), (224, 224, 3), (40, 60, 3), (500, 400, 3)]:
        picture = random_picture(height, width, channels)
        seen = decode(picture_html(picture, "noise"))
        times = seen.shape[0] // height
        assert seen.shape == (times * height, times * width, channels)
        assert np.array_equal(seen, np.kron(picture.pixels, np.ones((times, times, 1), np.uint8)))


def test_the_changed_pixels_can_be_counted_in_what_the_browser_decodes():
    where = [(0, 0), (5, 31), (17, 3), (31, 31)]
    before = random_picture(32, 32)
    after = changed_copy(before, where)
    times = enlarge(before).height // 32
    seen = [decode(picture_html(picture, "")) for picture in (before, after)]
    assert (seen[0] != seen[1]).any(axis=2).sum() == len(where) * times**2


def test_marks_stand_exactly_on_the_changed_pixels_of_colour_and_grey_pictures():
    for channels in (1, 3):
        before = random_picture(28, 28, channels, seed=1)
        after = changed_copy(before, [(2, 3), (20, 21)])
        marked = mark_changes(before, after).pixels
        coloured = (marked != marked[:, :, :1]).any(axis=2)
        assert np.argwhere(coloured).tolist() == [[2, 3], [20, 21]]
        assert tuple(marked[2, 3]) == rgb(MARK)


def test_the_description_cannot_break_out_of_its_attribute():
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs).get("alt")))

    unkind = '" onload="alert(1)"><script>alert(2)</script>'
    Parser().feed(picture_html(random_picture(28, 28), unkind))
    assert found == [("div", None), ("div", None), ("img", unkind)]


def test_the_browser_gets_the_place_and_the_values_of_every_changed_pixel():
    for channels in (1, 3):
        before = random_picture(28, 40, channels, seed=1)
        after = changed_copy(before, [(2, 39), (20, 0)])
        records = np.frombuffer(
            base64.b64decode(Change(before, after).encoded),
            [("place", "<u4"), ("before", "u1", 3), ("after", "u1", 3)],
        )
        assert records["place"].tolist() == [2 * 40 + 39, 20 * 40]
        for record, place in zip(records, [(2, 39), (20, 0)], strict=True):
            assert (record["before"] == before.pixels[place]).all()
            assert (record["after"] == after.pixels[place]).all()


def test_pictures_of_one_image_are_told_apart_from_those_of_others():
    before = random_picture(28, 28)
    after = changed_copy(before, [(2, 3)])
    change = Change(before, after)
    shown = (
        picture_html(before, ""),
        picture_html(after, "", change),
        picture_html(mark_changes(before, after), "", change),
    )
    assert len({re.search(r'data-of="(\w+)"', html)[1] for html in shown}) == 1
    assert ["data-change=" in html for html in shown] == [False, True, True]
    assert ["data-drawn" in html for html in shown] == [False, False, True]


def test_the_browser_is_told_not_to_smooth():
    assert "image-rendering:pixelated" in picture_html(random_picture(28, 28), "noise")


def test_a_repeated_picture_has_squares_of_equal_pixels():
    picture = random_picture(5, 7)
    larger = repeat(picture, 3)
    assert (larger.height, larger.width) == (15, 21)
    assert np.array_equal(larger.pixels, np.kron(picture.pixels, np.ones((3, 3, 1), np.uint8)))


def test_a_float_image_is_rounded_and_not_wrapped():
    image = np.array([[[0.0, 1.0, 1.004, 0.5]]], dtype=np.float32)
    assert to_picture(image, "x").pixels[0, :, 0].tolist() == [0, 255, 255, 128]
