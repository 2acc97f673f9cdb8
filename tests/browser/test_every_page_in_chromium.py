"""Every page and tab, opened once: checked by axe in both colour schemes, and its layout at three sizes."""

import pytest

from tests.browser.accessibility import OF_COLOURS, serious_violations
from tests.browser.conftest import SIZE
from tests.browser.layout import SIZES, layout_faults
from tests.browser.test_keys_and_views_in_chromium import wait_for_keys

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
    "regions, classes": (
        "regions?data=CIFAR-10&view=By+fooling+class",
        "[class*=st-key-fooling_table] canvas",
    ),
    "regions, networks": (
        "regions?data=CIFAR-10&view=Same+image,+many+networks",
        ".st-key-networks_chart .js-plotly-plot",
    ),
    "regions, own networks": (
        "regions?data=MNIST&pictures=1&view=Same+image,+many+networks",
        ".st-key-result figure",
    ),
    "regions, maps": (
        "regions?data=CIFAR-10&view=Where+the+network+looks",
        ".st-key-contrasts .js-plotly-plot",
    ),
    "regions, example of parts": ("regions?data=CIFAR-10&view=Your+pictures", ".st-key-parts_table table"),
    "regions, photograph": ("regions?data=ImageNet&view=Your+pictures", ".st-key-parts_table table"),
}
"""The address of each page and tab, and what is there when it is drawn."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_nothing_is_cut_off_or_lies_on_another(explorer, name):
    query, ready = PAGES[name]
    app = explorer(query)
    app.page.locator(ready).first.wait_for()
    assert faults_by_width(app.page) == {width: [] for width, _ in SIZES}
    app.page.set_viewport_size(SIZE)
    for scheme, rules in (("light", None), ("dark", OF_COLOURS)):
        app.page.emulate_media(color_scheme=scheme)
        style = "getComputedStyle(document.querySelector('.stApp')).colorScheme"
        app.page.wait_for_function(f"{style} === '{scheme}'")
        assert serious_violations(app.page, rules) == {}
    wait_for_keys(app).page.keyboard.press("l")
    app.page.wait_for_url("**lecture=true**")
    app.page.wait_for_function("getComputedStyle(document.documentElement).fontSize === '21px'")
    assert faults_by_width(app.page, "lecture") == {width: [] for width, _ in SIZES}
    assert app.strangers == []


def faults_by_width(page, mode=""):
    found = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # charts follow the window after a while
        boxes = [picture.bounding_box() for picture in page.locator("[data-testid=stMain] .picture").all()]
        beyond = [box for box in boxes if box and not 0 <= box["x"] <= width - box["width"]]
        found[width] = layout_faults(page, mode) + beyond
    return found


def test_what_is_cut_off_or_lies_on_another_is_found(visitor):
    page = visitor.new_page()
    page.set_content(
        "<div class='stApp' data-testid='stApp' data-test-script-state='notRunning'>"
        "<div style='width:40px;overflow:hidden;white-space:nowrap'>much too long</div>"
        "<div style='position:relative'><p style='position:absolute;top:0'>one text</p>"
        "<p style='position:absolute;top:4px'>the other</p></div>"
        "<div style='position:absolute;left:5000px;top:90px'>far away</div>"
        "<p style='margin-top:90px'>all right, 20 % of it</p><p>40% of it</p>"
        "<p style='font-size:9px'>hardly to be read</p>"
        "<h2 style='font:20px monospace;width:100px;margin:0'>aaaaa 12 %</h2></div>"
    )
    assert layout_faults(page) == [
        'no space before %: "40% of it"',
        'too small, 9 px: "hardly to be read"',
        'parted from its sign: "aaaaa 12 %"',
        'cut off: "much too long"',
        'beyond the window: "far away"',
        'on one another: "one text" and "the other"',
    ]
    page.close()
