"""A run that does not fool the network: why, and the button for the λ that gets through."""

import time

from sparsefool.view.attack import stuck
from tests.pages.attack_page import NOT_STORED, new_page, open_page, report_of, settle
from tests.pages.sliders import move_slider, slider
from tests.pages.test_attack_page import run_until_cancelled

SHORT = {"max_iter": "2", "lambda": "1"}
"""Too few iterations for λ = 1 on the first sample."""


def markdown(page):
    return " ".join(element.value for element in page.markdown)


def keys(page):
    return {button.key for button in page.button}


def search(page):
    """Click the button, and run the page until the search has ended and its result is drawn."""
    page.button(key="find_lambda").click().run()
    for _ in range(5):
        assert not page.exception
        runs = page.session_state[stuck.SEARCH]
        if not runs.running:
            return settle(page)
        assert runs.job.wait(60)
        page.run()
    raise AssertionError("the search does not end")


def test_a_run_that_fools_has_no_such_panel():
    page = open_page()
    assert "Why it is stuck" not in [element.value for element in page.subheader]
    assert "find_lambda" not in keys(page)


def test_a_stuck_run_says_why():
    page = open_page(**SHORT)
    assert not report_of(page).success_8bit
    assert "Why it is stuck" in [element.value for element in page.subheader]
    assert "At λ = 1 the planes promised a margin of −" in markdown(page)
    assert page.button(key="find_lambda").label == "Find the λ that gets through"


def test_one_click_ends_in_a_picture_that_fools_and_every_control_agrees():
    page = search(open_page(**SHORT))
    report = report_of(page)
    assert report.success_8bit
    assert report.request.lambda_ == 2
    assert slider(page, "lambda").value == 2
    assert float(page.query_params["lambda"]) == 2
    assert "Why it is stuck" not in [element.value for element in page.subheader]
    assert "The network saw a 7. Change" in page.header[0].value
    again = open_page(max_iter="2", **{"lambda": "2"})
    assert report_of(again).adversarial.sha256 == report.adversarial.sha256
    page.segmented_control(key="data").set_value("cifar10")
    page.run()
    assert slider(page, "lambda").value == 2  # chosen, so no data set's own λ takes its place


def test_the_box_is_named_where_it_is_the_reason_and_no_lambda_is_offered():
    page = open_page(delta="10", max_iter="5")
    assert "δ = 10 leaves too little room" in markdown(page)
    assert not {"find_lambda", "try_without_lambda"} & keys(page)


def test_where_no_lambda_helps_sparsest_is_offered(monkeypatch):
    def none(request, _progress):
        return stuck.LambdaSearchReport(request, None)

    monkeypatch.setattr(stuck, "search_lambda", none)
    page = search(open_page(**SHORT))
    assert "None of λ = 2, 5, 10, 20 gets through within 2 iterations." in markdown(page)
    assert "find_lambda" not in keys(page)
    page.button(key="try_without_lambda").click()
    settle(page)
    assert page.segmented_control(key="attack").value == "sparsest"
    assert report_of(page).success_8bit


def test_a_control_that_moves_ends_the_search(monkeypatch):
    monkeypatch.setattr(stuck, "search_lambda", run_until_cancelled)
    page = open_page(**SHORT)
    page.button(key="find_lambda").click().run()
    job = page.session_state[stuck.SEARCH].job
    assert not job.finished
    assert page.button(key="find_lambda").disabled
    move_slider(page, "delta", 200)
    settle(page)
    assert job.wait(5)
    assert page.session_state[stuck.SEARCH].requested is None
    assert report_of(page).request.delta == 200


def test_a_run_that_is_cancelled_says_why_it_was_stuck_so_far(monkeypatch):
    payload = report_of(open_page(**SHORT)).steps

    def run(_, progress):
        while True:
            progress.report(2, 50, "Iteration 2 of at most 50", payload)
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr("sparsefool.view.shared.runs.run_attack", run)
    page = new_page(picture="3", **NOT_STORED).run()
    page.session_state["runs"].job.cancel()
    settle(page)
    assert "the planes promised" in markdown(page)
    assert "find_lambda" in keys(page)
