from dataclasses import replace

import numpy as np

from sparsefool.backend.attack.report import Change
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.stored_attack import StoredAttack
from sparsefool.data.pictures import Picture
from sparsefool.types import Outcome
from sparsefool.view.attack.messages import agreement, headline, notes
from sparsefool.view.shared.controls.picture import SelectedImage
from tests.view.attack_report import make_report, prediction, steps_of


def chosen(report, truth=3):
    return SelectedImage(report.request.picture, truth, str(truth))


def failed(outcome, **changes):
    unmoved = {"after": prediction(3), "after_8bit": prediction(3)}
    return make_report(
        success=False, success_8bit=False, outcome=outcome, reason=outcome.reason, **unmoved, **changes
    )


def test_the_headline_names_both_classes_and_counts_the_pixels():
    assert headline(make_report()) == "3 → 5, 2 of 784 pixels"


def few_features(**changes):
    """Return a report on a coloured picture of which three values changed, in two pixels."""
    pixels = np.zeros((4, 5, 3), dtype=np.uint8)
    request = AttackRequest(
        "cifar10/resnet18", Picture(pixels, "zeros"), attack="sparsest", count="features", delta=200
    )
    return make_report(request=request, change_8bit=Change(2, 3, 10.0, 200.0), **changes)


def test_where_features_are_to_be_few_the_headline_counts_these_first():
    assert headline(few_features()) == "3 → 5, 3 of 60 features in 2 pixels"
    unmoved = few_features(success_8bit=False, after_8bit=prediction(3))
    assert headline(unmoved) == "3 stays 3, 3 of 60 features in 2 pixels changed"
    one = few_features(success_8bit=False)
    assert headline(replace(one, change_8bit=Change(1, 1, 5.0, 9.0))).endswith("1 of 60 features in 1 pixel")


def test_a_stored_picture_is_compared_in_what_was_to_be_few():
    stored = StoredAttack(0, 20, success_8bit=True, pixels_8bit=4, features_8bit=9, same=False)
    assert "the stored picture has 9 features, this one 3." in agreement(few_features(), stored)
    assert "the stored picture has 4 pixels, this one 2." in agreement(make_report(), stored)


def test_a_failure_does_not_look_like_a_success_in_the_headline():
    assert "→" not in headline(failed(Outcome.ITERATIONS_EXHAUSTED))


def test_a_plain_success_needs_no_note():
    report = make_report()
    assert notes(report, chosen(report)) == []


def test_what_to_do_when_the_iterations_ran_out():
    (note,) = notes(report := failed(Outcome.ITERATIONS_EXHAUSTED, delta=10), chosen(report))
    assert note.title == "Not fooled"
    assert Outcome.ITERATIONS_EXHAUSTED.reason in note.text
    assert "raise λ (now 3)" in note.text
    assert "raise δ (now 10)" in note.text
    assert "allow more iterations (now 50" in note.text


def test_delta_that_is_already_largest_is_not_to_be_raised():
    (note,) = notes(report := failed(Outcome.ITERATIONS_EXHAUSTED), chosen(report))
    assert "δ" not in note.text


def test_when_delta_leaves_no_room_it_comes_first_and_iterations_do_not_help():
    (note,) = notes(report := failed(Outcome.BOX_EXHAUSTED, delta=2), chosen(report))
    assert "raise δ (now 2); raise λ" in note.text
    assert "iterations (" not in note.text


def test_where_the_range_keeps_the_planes_out_of_reach_neither_lambda_nor_iterations_are_advised():
    steps = steps_of((5.0, 4.0), (3.0,))
    (note,) = notes(report := failed(Outcome.ITERATIONS_EXHAUSTED, delta=10, steps=steps), chosen(report))
    assert "What may help: raise δ (now 10)." in note.text
    (note,) = notes(report := failed(Outcome.BOX_EXHAUSTED, steps=steps), chosen(report))
    assert "another picture" in note.text


def test_moving_sliders_is_no_advice_where_there_is_no_gradient():
    (note,) = notes(report := failed(Outcome.GRADIENT_VANISHED), chosen(report))
    assert "another picture" in note.text
    assert "λ" not in note.text


def test_a_picture_that_the_network_gets_wrong_anyway():
    (note,) = notes(report := make_report(), chosen(report, truth=8))
    assert "calls this picture 3 (truth: 8)" in note.text
    assert "starts from 3" in note.text


def test_an_upload_has_no_truth_to_be_wrong_about():
    report = make_report()
    assert notes(report, SelectedImage(report.request.picture)) == []


def test_fooled_in_float_only():
    (note,) = notes(report := make_report(success_8bit=False, after_8bit=prediction(3)), chosen(report))
    assert "float32" in note.title
    assert "raise λ" in note.text
