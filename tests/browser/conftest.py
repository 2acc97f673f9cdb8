"""The real app on a free port, and a real Chromium that looks at it."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.explorer_page import ExplorerPage
from tests.browser.running import ARGUMENTS, CHROMIUM, running_app


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Start the app; give its address."""
    with running_app(tmp_path_factory.mktemp("app") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM.exists():
        message = f"{CHROMIUM} is not installed (apt-get install chromium)"
        if os.environ.get("SPARSEFOOL_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def explorer(browser, address):
    """Make pages of the app; at the end none of them may show a traceback."""
    contexts = []

    def open_page(query):
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        contexts.append(context)
        page = ExplorerPage(context.new_page(), address)
        page.open(query)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert page.locator(".stException").count() == 0
        context.close()
