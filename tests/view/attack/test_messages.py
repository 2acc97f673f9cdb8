import numpy as np

from sparsefool.backend.attack.report import Change
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.stored_attack import StoredAttack
from sparsefool.data.pictures import Picture
from sparsefool.types import Outcome
from sparsefool.view.attack.messages import agreement, notes
from tests.view.attack_report import make_report, prediction, steps_of


def failed(outcome, **changes):
    unmoved = {"after": prediction(3), "after_8bit": prediction(3)}
    return make_report(
        success=False, success_8bit=False, outcome=outcome, reason=outcome.reason, **unmoved, **changes
    )


def few_features(**changes):
    """Return a report on a coloured picture of which three values changed, in two pixels."""
    pixels = np.zeros((4, 5, 3), dtype=np.uint8)
    request = AttackRequest(
        "cifar10/resnet18", Picture(pixels, "zeros"), attack="sparsest", count="features", delta=200
    )
    return make_report(request=request, change_8bit=Change(2, 3, 10.0, 200.0), **changes)


def test_a_stored_picture_is_compared_in_what_was_to_be_few():
    stored = StoredAttack(0, 20, success_8bit=True, pixels_8bit=4, features_8bit=9, same=False)
    assert "the stored picture changes 9 values, this one 3 values." in agreement(few_features(), stored)
    assert "the stored picture changes 4 pixels, this one 2 pixels." in agreement(make_report(), stored)


def test_a_plain_success_needs_no_note():
    assert notes(make_report()) == []


def test_what_to_do_when_the_iterations_ran_out():
    (note,) = notes(failed(Outcome.ITERATIONS_EXHAUSTED, delta=10))
    assert note.title == "Not fooled"
    assert Outcome.ITERATIONS_EXHAUSTED.reason in note.text
    assert "raise λ (now 3)" in note.text
    assert "raise δ (now 10)" in note.text
    assert "allow more iterations (now 50" in note.text


def test_delta_that_is_already_largest_is_not_to_be_raised():
    (note,) = notes(failed(Outcome.ITERATIONS_EXHAUSTED))
    assert "δ" not in note.text


def test_when_delta_leaves_no_room_it_comes_first_and_iterations_do_not_help():
    (note,) = notes(failed(Outcome.BOX_EXHAUSTED, delta=2))
    assert "raise δ (now 2); raise λ" in note.text
    assert "iterations (" not in note.text


def test_where_the_range_keeps_the_planes_out_of_reach_neither_lambda_nor_iterations_are_advised():
    steps = steps_of((5.0, 4.0), (3.0,))
    (note,) = notes(failed(Outcome.ITERATIONS_EXHAUSTED, delta=10, steps=steps))
    assert "What may help: raise δ (now 10)." in note.text
    (note,) = notes(failed(Outcome.BOX_EXHAUSTED, steps=steps))
    assert "another picture" in note.text


def test_moving_sliders_is_no_advice_where_there_is_no_gradient():
    (note,) = notes(failed(Outcome.GRADIENT_VANISHED))
    assert "another picture" in note.text
    assert "λ" not in note.text


def test_fooled_in_float_only():
    (note,) = notes(make_report(success_8bit=False, after_8bit=prediction(3)))
    assert "before rounding" in note.title
    assert "raise λ" in note.text
