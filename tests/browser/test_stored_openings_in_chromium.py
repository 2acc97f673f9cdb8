import time

import pytest

pytestmark = pytest.mark.browser

STORED, HERE = "Stored result, computed on", "Computed on this server at"


def pictures_drawn(app):
    app.page.locator(".st-key-result img[alt^='The adversarial picture']").first.wait_for()


def test_a_sample_is_there_at_once_and_what_is_shown_is_what_was_stored(explorer):
    app = explorer("?data=CIFAR-10")
    app.page.locator("[data-testid=stSidebar] h1").wait_for()
    title = time.monotonic()
    pictures_drawn(app)
    assert time.monotonic() - title < 5, "an attack, or the network, came first"
    app.wait_for(STORED)
    before, after = app.pictures()
    assert f"{(before != after).any(2).sum()} of 1,024 pixels" in app.headline()


def test_a_stored_result_runs_live_on_demand(explorer):
    app = explorer("?data=MNIST&picture=6")
    app.wait_for(STORED)
    headline = app.headline()
    app.press("Run it live")
    app.page.get_by_text(STORED).wait_for(state="detached")
    app.page.locator(".st-key-run_live").wait_for(state="detached")
    app.wait_until_idle()
    assert app.headline() == headline


def test_the_second_person_of_a_link_sees_the_result_of_the_first(explorer):
    link = "?data=MNIST&picture=4&lambda=2.5"
    first = explorer(link)
    pictures_drawn(first)
    second = explorer(link)
    second.wait_for(HERE)
    assert second.headline() == first.headline()
    for one, other in zip(first.pictures(), second.pictures(), strict=True):
        assert (one == other).all()
