import base64
import io
import json
import re
from html import unescape

import numpy as np
from PIL import Image

from sparsefool.backend.attack.reproduction import Sample
from sparsefool.view.attack.tabs.downloads import attack_html
from tests.view.attack_report import make_report


def pictures(html):
    found = re.findall(r'<img src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in found]


def test_the_report_holds_the_pictures_pixel_for_pixel():
    report = make_report()
    original, result, marked = pictures(attack_html(report, None))
    assert np.array_equal(original[::8, ::8], report.request.picture.pixels[:, :, 0])
    assert np.array_equal(result[::8, ::8], report.adversarial.pixels[:, :, 0])
    assert ((marked[::8, ::8] != marked[::8, ::8, :1]).any(2)).sum() == 2


def test_the_report_holds_the_figures_the_program_and_the_provenance():
    report = make_report()
    html = attack_html(report, Sample("mnist", 3))
    assert html.count("Plotly.newPlot(") >= 2
    assert 'load_gallery("mnist", (28, 28)).picture(3)' in unescape(html)
    blocks = [unescape(each) for each in re.findall(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)]
    assert json.loads(blocks[-1]) == report.summary()


def test_the_report_loads_nothing_from_elsewhere():
    html = attack_html(make_report(), None)
    assert not re.findall(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=(?![\"']?data:)", html)
