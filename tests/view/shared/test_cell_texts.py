import math

import pytest
from plotly.colors import sample_colorscale, unlabel_rgb

from sparsefool.view.shared.charts import SCALE, readable_on
from sparsefool.view.shared.palette import GREY, rgb


def luminance(colour):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("place", [step / 20 for step in range(21)])
def test_every_cell_can_be_read(place):
    (cell,) = sample_colorscale(SCALE, [place])
    one, other = sorted((luminance(unlabel_rgb(cell)), luminance(rgb(readable_on(place)))))
    assert (other + 0.05) / (one + 0.05) >= 4.5  # WCAG AA


def test_where_there_is_no_cell_the_text_is_grey():
    assert readable_on(math.nan) == GREY
