"""The strip of the session's runs: returning to one, pinning one, and what a move did."""

import pytest

from sparsefool.view.attack.kept_runs import history as run_history
from sparsefool.view.shared import runs
from tests.pages.attack_page import headline_of, new_page, open_page, report_of, settle
from tests.pages.players import component
from tests.pages.sliders import move_slider, slider


@pytest.fixture(autouse=True)
def _no_drags(monkeypatch):
    monkeypatch.setattr(run_history, "DRAG_SECONDS", 0)


def cards(page):
    return component(page, "run_strip")["runs"]


def ask(page, what, number, count=1):
    """Click in the strip."""
    asked = {"run": "the browser", "count": count, "what": what, "number": number}
    page.session_state["run_strip"] = {"asked": asked}
    return settle(page)


def words(page):
    return " ".join(element.value for element in page.markdown)


def move(page, lambda_):
    move_slider(page, "lambda", lambda_)
    return settle(page)


def test_each_run_is_a_card_and_a_move_is_said():
    page = open_page()
    first = report_of(page).change_8bit.pixels
    move(page, 5.0)
    second = report_of(page).change_8bit.pixels
    assert [card["lines"][:2] for card in cards(page)] == [
        [f"{first} pixels", "λ = 1 · δ = 255"],
        [f"{second} pixels", "λ = 5 · δ = 255"],
    ]
    assert [card["current"] for card in cards(page)] == [False, True]
    assert f"**{first} → {second} pixels (λ 1 → 5)**" in words(page)


def test_a_click_returns_to_a_run_without_running_it(monkeypatch):
    page = open_page()
    before, first = headline_of(page), report_of(page)
    move(page, 5.0)

    def none(*_):
        raise AssertionError("nothing is to be run")

    monkeypatch.setattr(runs, "run_attack", none)
    ask(page, "show", 1)
    assert report_of(page) is first
    assert headline_of(page) == before
    assert slider(page, "lambda").value == 1
    assert "lambda" not in page.query_params
    assert [card["current"] for card in cards(page)] == [True, False]
    assert report_of(move(page, 5.0)).request.lambda_ == 5, "a slider returns to a run as well"


def test_a_run_on_another_network_comes_back_with_all_its_controls():
    page = open_page(picture="3", target="8", max_iter="40", perturb="Only inside", region="0,0,27,20")
    first = report_of(page)
    page.segmented_control(key="data").set_value("cifar10")
    settle(page)
    page.segmented_control(key="attack").set_value("sparsest")
    settle(page)
    ask(page, "show", 1)
    assert report_of(page) is first
    assert (page.query_params["data"], page.query_params["picture"]) == ("MNIST", "3")
    assert page.segmented_control(key="attack").value == "sparsefool"
    assert page.selectbox(key="target").value == "8"
    assert page.number_input(key="max_iter").value == 40
    assert page.segmented_control(key="perturb").value == "Only inside"
    assert first.request == page.session_state["runs"].requested


def test_a_file_that_is_no_longer_chosen_cannot_be_returned_to():
    page = settle(new_page(source="File"))
    original = report_of(open_page()).request.picture
    page.file_uploader(key="file").upload("seven.png", original.png())
    settle(page)
    assert not cards(page)[0]["gone"]
    page.segmented_control(key="source").set_value("Samples")
    page.segmented_control(key="data").set_value("cifar10")
    settle(page)
    assert [card["gone"] for card in cards(page)] == [True, False]
    shown = report_of(page)
    ask(page, "show", 1)
    assert report_of(page) is shown


def test_a_pinned_run_stands_beside_the_current_one():
    page = open_page()
    first = report_of(page).change_8bit.pixels
    ask(page, "pin", 1)
    assert "This run is pinned" in " ".join(caption.value for caption in page.caption)
    move(page, 5.0)
    second = report_of(page).change_8bit.pixels
    (heading,) = [each.value for each in page.subheader if each.value.startswith("Pinned and current")]
    assert heading == f"Pinned and current: {first} pixels, {second} pixels"
    assert f"| Pixels changed | {first} | {second} | +{second - first} |" in words(page)
    assert [card["pinned"] for card in cards(page)] == [True, False]
    ask(page, "pin", 1, count=2)
    assert not [each.value for each in page.subheader if each.value.startswith("Pinned and current")]


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {"asked": "show"},
        {"asked": {"run": "a", "count": "1", "what": "show", "number": 1}},
        {"asked": {"run": "a", "count": 1, "what": "drop", "number": 1}},
        {"asked": {"run": "a", "count": 1, "what": "show", "number": 99}},
    ],
)
def test_what_the_strip_cannot_mean_is_ignored(asked):
    page = open_page()
    first = report_of(page)
    page.session_state["run_strip"] = asked
    assert report_of(settle(page)) is first


def test_the_list_can_be_taken_away():
    page = move(open_page(), 5.0)
    assert not any("lambda" in each.value for each in page.dataframe), "drawn though nobody looks"
    page.session_state["runs_table"] = True
    settle(page)
    labels = [button.proto.label for button in page.get("download_button")]
    assert {"Runs (.csv)", "Runs (.json)"} <= set(labels)
    (table,) = (each.value for each in page.dataframe if "lambda" in each.value)
    assert list(table["lambda"]) == [1.0, 5.0]
