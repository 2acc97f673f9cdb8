import pytest

from tests.browser.layout import SIZES, SMALLEST, layout_faults
from tests.browser.test_presenting_in_chromium import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize("mode", SMALLEST, ids=["desk", "lecture"])
@pytest.mark.parametrize("name", PAGES)
def test_no_text_is_cut_off_or_lies_on_another(explorer, name, mode):
    query, ready = PAGES[name]
    app = explorer(query + f"&{mode}=true" * bool(mode))
    app.page.locator(ready).first.wait_for()
    found = {}
    for width, height in SIZES:
        app.page.set_viewport_size({"width": width, "height": height})
        app.page.wait_for_timeout(500)  # charts follow the window after a while
        found[width] = layout_faults(app.page, mode)
    assert found == {width: [] for width, _ in SIZES}


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
