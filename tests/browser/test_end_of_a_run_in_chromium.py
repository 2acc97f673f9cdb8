"""A page shows a result once it is there, however rarely it asks for it."""

import pytest

from tests.browser.explorer_page import ExplorerPage
from tests.browser.running import running_server

pytestmark = pytest.mark.browser


def test_the_result_appears_though_the_page_would_ask_for_it_an_hour_later(visitor, tmp_path):
    with running_server(tmp_path / "log.txt", "tests.browser.rare_updates") as (address, _):
        app = ExplorerPage(visitor.new_page(), address)
        app.open("?data=CIFAR-10&picture=3&delta=200")
        app.page.locator(".st-key-cancel").wait_for()  # it took longer than a page waits in silence
        app.wait_for_result("δ = 200")
        app.wait_until_idle()
        assert not app.page.locator(".st-key-cancel").count()
        app.page.close()
