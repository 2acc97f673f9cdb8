"""The real app on a free port, and a real Chromium that looks at it: each process of tests has its own."""

import os

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.explorer_page import PATIENCE_MS, ExplorerPage
from tests.browser.running import ARGUMENTS, CHROMIUM, running_app

SIZE = {"width": 1280, "height": 1000}

ONE_RENDERER = ("--renderer-process-limit=1", "--disable-site-isolation-trials")
"""One process draws all pages: what it has read and compiled for one is there for the next."""

STILL = """
    const still = new CSSStyleSheet();
    still.replaceSync(`*, *::before, *::after {
        animation-duration: 1ms !important;
        animation-delay: 0s !important;
        animation-iteration-count: 1 !important;
        transition-duration: 1ms !important;
        transition-delay: 0s !important;
    }`);
    document.adoptedStyleSheets.push(still);
"""
"""Nothing fades or shimmers: what is there is there in full, and waiting costs no drawing."""


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Start the app; give its address."""
    with running_app(tmp_path_factory.mktemp("app") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """Give what starts a Chromium; without one, there is nothing to test."""
    if not CHROMIUM.exists():
        message = f"{CHROMIUM} is not installed (apt-get install chromium)"
        if os.environ.get("SPARSEFOOL_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def browser(chromium):
    """Start a browser in which every context is a person who is new here."""
    browser = chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def visitor(chromium, tmp_path_factory):
    """Start a browser that has a profile: it keeps the app's scripts, compiled, from one page to the next."""
    context = chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=str(CHROMIUM),
        args=(*ARGUMENTS, *ONE_RENDERER),
        viewport=SIZE,
    )
    context.add_init_script(STILL)
    yield context
    context.close()


@pytest.fixture
def explorer(request, visitor, address):
    """Make pages of the app, each but the first for a new person; at the end none may show a traceback."""
    pages = []

    def open_page(query):
        context = new_person(request.getfixturevalue("browser")) if pages else visitor
        pages.append(context.new_page())
        page = ExplorerPage(pages[-1], address)
        page.open(query)
        return page

    yield open_page
    for page in pages:
        assert page.locator(".stException").count() == 0
    for page in pages[1:]:
        page.context.close()
    for page in pages[:1]:
        page.goto(f"{address}_stcore/health")
        page.evaluate("localStorage.clear()")
        page.close()
    visitor.clear_cookies()


def new_person(browser):
    context = browser.new_context(viewport=SIZE)
    context.add_init_script(STILL)
    return context
