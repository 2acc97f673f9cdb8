"""What the Attack page opens with is stored: no attack is run, and no network is loaded."""

import pytest

from sparsefool.backend.attack.report import Origin
from sparsefool.data.specs import DATASETS
from sparsefool.view.shared import runs
from tests.pages.attack_page import NOT_STORED, headline_of, new_page, open_page, report_of, settle
from tests.pages.sliders import move_slider

STORED, HERE = "Stored result, computed on", "Computed on this server at"


def fail(*_):
    raise AssertionError("an attack was run, or a network loaded")


@pytest.fixture
def no_attack(monkeypatch):
    monkeypatch.setattr(runs, "run_attack", fail)
    monkeypatch.setattr("sparsefool.backend.models.load_model", fail)


def captions(page):
    return " ".join(caption.value for caption in page.caption)


def open_at_once(**address):
    """Return the page after one run of it."""
    page = new_page(**address).run()
    assert not page.exception
    assert page.session_state["runs"].job is None
    return page


@pytest.mark.usefixtures("no_attack")
@pytest.mark.parametrize("method", ["Paper", "Sparsest"])
@pytest.mark.parametrize("title", [spec.title for spec in DATASETS])
def test_a_sample_opens_without_an_attack(title, method):
    page = open_at_once(data=title, attack=method, picture="7")
    report = report_of(page)
    assert report.origin is Origin.SHIPPED
    assert report.request.spec.method_title == method
    assert STORED in captions(page)
    assert f"{report.before.name}" in headline_of(page)
    assert not any(metric.label.startswith("Time") for metric in page.metric), "of another machine"
    for picture in ("8", "20"):
        page.pills(key="picture").set_value(picture).run()
        assert report_of(page).request.picture.name.endswith(f"{int(picture) - 1:02d}")
        assert report_of(page).origin is Origin.SHIPPED


@pytest.mark.usefixtures("no_attack")
@pytest.mark.parametrize("view", ["Pixels", "Region", "Download and reproduce"])
def test_every_tab_of_a_stored_result_opens_without_an_attack(view):
    open_at_once(view=view)


def test_a_move_of_lambda_computes_live_and_back_is_stored_again():
    page = open_page()
    stored = report_of(page)
    move_slider(page, "lambda", 4.0)
    settle(page)
    moved = report_of(page)
    assert (stored.origin, moved.origin) == (Origin.SHIPPED, Origin.RUN)
    assert moved.request.lambda_ == 4
    assert STORED not in captions(page)
    move_slider(page, "lambda", 1.0)
    assert report_of(page).origin is Origin.SHIPPED
    move_slider(page, "lambda", 4.0)
    assert report_of(page) is moved, "the session's own run comes back, not a copy of it"


def test_the_second_visitor_of_a_link_waits_for_nothing(monkeypatch):
    first = open_page(**NOT_STORED)
    monkeypatch.setattr(runs, "run_attack", fail)
    second = open_at_once(**NOT_STORED)
    assert report_of(second).adversarial.sha256 == report_of(first).adversarial.sha256
    assert HERE in captions(second)


def test_a_stored_result_can_be_run_live():
    page = open_page()
    stored = report_of(page)
    page.button(key="run_live").click()
    settle(page)
    fresh = report_of(page)
    assert fresh.origin is Origin.RUN
    assert fresh.adversarial.sha256 == stored.adversarial.sha256
    assert STORED not in captions(page)
    assert "run_live" not in [button.key for button in page.button]


def test_a_chosen_device_computes():
    assert report_of(open_page(device="cpu")).origin is Origin.RUN


def test_without_the_stored_file_the_page_computes(monkeypatch, tmp_path):
    monkeypatch.setattr("sparsefool.paths.SHIPPED_REPORTS", tmp_path)
    assert report_of(open_page()).origin is Origin.RUN
