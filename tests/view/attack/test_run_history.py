from dataclasses import replace

import numpy as np
import pytest

from sparsefool.backend.attack.report import Origin
from sparsefool.data.pictures import Picture
from sparsefool.view.attack.kept_runs import history as run_history
from sparsefool.view.attack.kept_runs.history import RunHistory
from sparsefool.view.attack.kept_runs.pinned import both_changes, differences, overlap
from sparsefool.view.attack.kept_runs.strip import THUMBNAIL, rows_of, thumbnail
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.controls.region import RegionChoice
from sparsefool.view.shared.palette import MARK, SKY, VERMILLION, rgb
from tests.view.attack_report import make_report


def run(lambda_=3.0, **changes):
    report = make_report()
    return replace(report, request=replace(report.request, lambda_=lambda_, **changes))


def note(history, report):
    history.note(report, SelectedImage(report.request.picture), RegionChoice())
    return history.shown


@pytest.fixture
def history(monkeypatch):
    monkeypatch.setattr(run_history, "DRAG_SECONDS", 0)
    return RunHistory()


def numbers(history):
    return [each.number for each in history.runs]


def test_runs_are_kept_in_their_order_with_the_one_before(history):
    first, second = (note(history, run(each)) for each in (1.0, 2.0))
    assert history.runs == [first, second]
    assert (history.before, history.shown) == (first, second)
    note(history, second.report)
    assert history.before is first


def test_a_run_that_is_shown_again_keeps_its_place(history):
    first, second = (note(history, run(each)) for each in (1.0, 2.0))
    assert note(history, first.report) is first
    assert history.runs == [first, second]
    assert history.before is second


def test_the_same_request_run_again_takes_its_place(history):
    first = note(history, run(1.0))
    history.toggle_pin(first.number)
    again = note(history, run(1.0))
    assert history.runs == [again]
    assert again.number == first.number
    assert history.pinned is again


def test_a_drag_leaves_one_run(monkeypatch):
    monkeypatch.setattr(run_history, "DRAG_SECONDS", 60)
    history = RunHistory()
    first, *_, last = (note(history, run(each)) for each in (1.0, 2.0, 3.0, 4.0))
    assert history.runs == [first, last]
    assert (history.before, history.shown) == (first, last)
    targeted = note(history, run(4.0, target=8))
    assert history.runs == [first, last, targeted], "another target is another question"


def test_a_pinned_run_is_no_step_of_a_drag(monkeypatch):
    monkeypatch.setattr(run_history, "DRAG_SECONDS", 60)
    history = RunHistory()
    _, second = (note(history, run(each)) for each in (1.0, 2.0))
    history.toggle_pin(second.number)
    note(history, run(3.0))
    assert second in history.runs


def test_the_oldest_go_first_but_neither_the_pinned_nor_the_shown(history, monkeypatch):
    monkeypatch.setattr(run_history, "MOST_RUNS", 3)
    first = note(history, run(1.0))
    history.toggle_pin(first.number)
    for lambda_ in (2.0, 3.0, 4.0, 5.0):
        note(history, run(lambda_))
    assert numbers(history) == [1, 4, 5]
    monkeypatch.setattr(run_history, "MOST_BYTES", 1)
    note(history, run(6.0))
    assert numbers(history) == [1, 6]
    assert history.before is None


def test_pinning_the_pinned_run_unpins_it(history):
    first, second = (note(history, run(each)) for each in (1.0, 2.0))
    history.toggle_pin(first.number)
    history.toggle_pin(second.number)
    assert history.pinned is second
    history.toggle_pin(second.number)
    assert history.pinned is None
    history.toggle_pin(99)
    assert history.pinned is None


def test_runs_on_a_network_that_is_gone_are_forgotten(history, monkeypatch):
    note(history, run(1.0))
    history.toggle_pin(1)
    monkeypatch.setattr(run_history, "_exists", lambda _: False)
    history.forget_networks_gone()
    assert (history.runs, history.shown, history.pinned) == ([], None, None)


def test_the_rows_hold_what_was_asked_and_what_came_out(history):
    note(history, run(2.0))
    (row,) = rows_of(history.runs)
    assert (row["method"], row["lambda"], row["pixels"], row["after"]) == ("Paper", 2.0, 2, "5")
    assert row["network"] == "LeNet"


def test_no_changed_pixel_is_lost_in_a_thumbnail():
    before = Picture(np.zeros((224, 224, 3), dtype=np.uint8), "black")
    pixels = before.pixels.copy()
    places = [(0, 0), (100, 37), (223, 223)]
    for place in places:
        pixels[place] = 255
    small = thumbnail(before, Picture(pixels, "changed"))
    assert (small.height, small.width) == (THUMBNAIL, THUMBNAIL)
    assert int((small.pixels == rgb(MARK)).all(2).sum()) == len(places)
    own = make_report()
    assert thumbnail(own.request.picture, own.adversarial).height == 28


def other_pixels():
    report = make_report()
    pixels = report.adversarial.pixels.copy()
    pixels[9, 2] = 0
    pixels[20, 20] = pixels[21, 20] = 9
    return replace(report, adversarial=Picture(pixels, "other"), seconds=1.0)


def test_two_runs_side_by_side_have_each_pixel_in_its_colour():
    first, second = make_report(), other_pixels()
    assert overlap(first, second) == (1, 1, 2)
    drawn = both_changes(first, second).pixels
    assert tuple(drawn[4, 7]) == rgb(MARK)
    assert tuple(drawn[9, 2]) == rgb(SKY)
    assert tuple(drawn[20, 20]) == rgb(VERMILLION)


def test_what_differs_between_two_runs():
    second = replace(run(5.0), change_8bit=replace(make_report().change_8bit, pixels=45), seconds=1.0)
    rows = {name: rest for name, *rest in differences(run(3.0), second)}
    assert rows["λ"] == ["3", "5", "differs"]
    assert rows["Pixels changed"] == ["2", "45", "+43"]
    assert rows["Values changed"][2] == "same"
    assert rows["Time"] == ["0.50 s", "1.00 s", "× 2"]


def test_the_time_of_a_result_that_ships_is_compared_with_none():
    shipped = replace(run(3.0), origin=Origin.SHIPPED)
    rows = {name: rest for name, *rest in differences(shipped, run(5.0))}
    assert rows["Time"] == ["–", "0.50 s", ""]
