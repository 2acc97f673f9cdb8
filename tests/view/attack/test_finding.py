from dataclasses import replace

from sparsefool.backend.attack.report import Change
from sparsefool.view.attack.finding import (
    few_in_words,
    headline,
    move_in_words,
    searching,
    setting_in_words,
)
from tests.view.attack.test_messages import few_features
from tests.view.attack_report import make_report, prediction


def requested(report, **changes):
    return replace(report, request=replace(report.request, **changes))


def test_a_fooled_network_is_said_with_both_classes_and_the_pixels():
    assert headline(make_report()) == "The network saw a 3. Change these 2 of 784 pixels and it sees a 5."


def test_a_single_pixel_is_this_one():
    report = make_report(change_8bit=Change(1, 1, 0.1, 255.0))
    assert "Change this 1 of 784 pixels and" in headline(report)


def test_not_fooled_does_not_read_like_a_success():
    report = make_report(success=False, success_8bit=False, after=prediction(3), after_8bit=prediction(3))
    assert headline(report) == "The network saw a 3. With 2 of 784 pixels changed, it still sees a 3."


def test_nothing_changed():
    report = make_report(success=False, success_8bit=False, change_8bit=Change(0, 0, 0.0, 0.0))
    assert headline(report) == "The network saw a 3, and the attack found no pixel to change."


def test_a_target_that_was_reached_and_one_that_was_missed():
    report = requested(make_report(), target=5)
    assert headline(report).endswith("and it sees a 5, as asked.")
    missed = requested(make_report(success_8bit=False), target=8)
    assert headline(missed).endswith("and it sees a 5, but not an 8 as asked.")


def test_a_misread_original_and_a_result_that_is_right_by_chance():
    assert headline(make_report(), "4").startswith("The network took this 4 for a 3. Change these 2")
    assert headline(make_report(), "5").endswith("and it sees a 5, which is right.")
    assert headline(make_report(), "3") == headline(make_report())


def test_where_values_are_to_be_few_they_are_counted_first():
    assert "Change these 3 of 60 values, in 2 pixels, and it sees a 5." in headline(few_features())
    assert few_in_words(few_features()) == "3 values"
    assert few_in_words(make_report()) == "2 pixels"


def test_what_a_move_did():
    first = requested(make_report(), lambda_=1.0)
    second = replace(requested(first, lambda_=3.0, delta=90), change_8bit=Change(45, 45, 6, 255.0))
    assert move_in_words(first, second) == "2 → 45 pixels (λ 1 → 3, δ 255 → 90)"
    assert move_in_words(first, requested(first, max_iter=7)) == "2 → 2 pixels"
    assert move_in_words(first, first) == ""
    assert move_in_words(first, few_features()) == ""


def test_the_setting_names_the_method_that_has_no_lambda():
    assert setting_in_words(few_features().request) == "Sparsest, few values · δ = 200"
    assert setting_in_words(replace(make_report().request, target=4)) == "λ = 3 · δ = 255 · targeted"


def test_what_a_run_searches_for():
    assert "change what the network sees" in searching(make_report().request)
    assert searching(replace(make_report().request, target=8)).endswith("see an 8…")
