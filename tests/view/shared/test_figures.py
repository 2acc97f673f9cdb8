import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from sparsefool.data.pictures import Picture
from sparsefool.view.shared.picture_rows import FIGURE_SIDE, Contour, Figure, row_html


def parsed(html):
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Parser().feed(html)
    return found


def noise(side, channels=3):
    values = np.random.default_rng(0).integers(0, 256, (side, side, channels), dtype=np.uint8)
    return Picture(values, "noise")


def test_pictures_are_pixel_exact_and_shown_at_their_own_size():
    for side in (28, 224, 299):
        picture = noise(side)
        (image,) = (attrs for tag, attrs in parsed(row_html((Figure(picture, "noise"),))) if tag == "img")
        data = base64.b64decode(image["src"].partition(",")[2])
        pixels = np.asarray(Image.open(io.BytesIO(data)))
        times = max(1, FIGURE_SIDE // side)
        assert image["width"] == str(side * times)
        assert np.array_equal(pixels[::times, ::times], picture.pixels)


def test_texts_cannot_break_out_of_their_places():
    unkind = '"><script>alert(1)</script>'
    tags = parsed(row_html((Figure(noise(28), unkind, unkind, (unkind,)),)))
    assert "script" not in [tag for tag, _ in tags]
    assert next(attrs for tag, attrs in tags if tag == "img")["alt"] == unkind


def test_contours_run_around_their_pixels():
    mask = np.zeros((28, 28), dtype=bool)
    mask[3, 5] = True
    tags = parsed(row_html((Figure(noise(28), "noise", contours=(Contour(mask, "#123456", True),)),)))
    source = [attrs["src"] for tag, attrs in tags if tag == "img"][1]
    tags = parsed(base64.b64decode(source.partition(",")[2]).decode())
    svg = next(attrs for tag, attrs in tags if tag == "svg")
    ground, path = (attrs for tag, attrs in tags if tag == "path")
    assert svg["viewbox"] == "-0.5 -0.5 28 28"
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", path["d"])]
    assert (min(numbers[::2]), max(numbers[::2])) == (4.5, 5.5)
    assert (min(numbers[1::2]), max(numbers[1::2])) == (2.5, 3.5)
    assert path["stroke"] == "#123456"
    assert "stroke-dasharray" in path
    assert ground["d"] == path["d"]
    assert float(ground["stroke-width"]) > float(path["stroke-width"])
    assert "stroke-dasharray" not in ground
