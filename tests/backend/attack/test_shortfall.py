import pytest

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.attack.shortfall import find_shortfall, shortfall_of
from sparsefool.data.regions import rectangle
from sparsefool.types import Outcome
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture
from tests.view.attack_report import make_report, steps_of


def request(**parameters):
    return AttackRequest(TINY, tiny_picture(), device="cpu", **parameters)


def test_the_numbers_are_those_of_the_steps():
    shortfall = find_shortfall(request(), steps_of((5.0, 4.0, 4.5, 3.0), (-5.0, -4.0, -6.0)))
    assert shortfall.iterations == 3
    assert shortfall.promised == -5.0
    assert (shortfall.first, shortfall.last) == (5.0, 3.0)
    assert shortfall.kept == pytest.approx((5 - 3) / (10 + 8 + 10.5))
    assert not shortfall.confined
    assert shortfall.sentence == (
        "At λ = 3 the planes promised a margin of −5.0 logits (median of 3 iterations). The network kept 7 % "
        "of the promised fall, and the margin went from 5.0 to 3.0: it bends away in the direction of few "
        "pixels."
    )


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (5.2, "kept none of"),
        (4.95, "kept less than 1 % of"),
        (0.4, "kept 46 % of the promised fall, and the margin went from 5.0 to 0.40: it bends"),
    ],
)
def test_the_share_that_was_kept_in_words(last, words):
    assert words in find_shortfall(request(), steps_of((5.0, last), (-5.0,))).sentence


def test_where_most_is_kept_the_iterations_are_the_reason():
    sentence = find_shortfall(request(lambda_=1), steps_of((5.0, 1.0), (0.0,))).sentence
    assert "kept 80 %" in sentence
    assert "(1 iteration)" in sentence
    assert sentence.endswith("it follows the planes, but the iterations ended too soon.")


def test_where_the_plane_is_out_of_reach_the_box_is_the_reason_and_not_lambda():
    steps = steps_of((5.0, 4.0, 3.8, 3.7), (-1.0, 2.0, 2.5))
    shortfall = find_shortfall(request(delta=10), steps)
    assert shortfall.confined
    assert shortfall.sentence.startswith("δ = 10 leaves too little room to reach the boundary")
    assert "a larger λ does not help" in shortfall.sentence
    region = rectangle((0, 0, 3, 3), (32, 32))
    confined = find_shortfall(request(region=region), steps).sentence
    assert confined.startswith(f"δ = 255 and the region's {region.pixels} pixels leave too little room")


def test_there_is_no_finding_without_planes_before_the_first_iteration_or_with_numbers_that_are_none():
    assert find_shortfall(request(), steps_of((5.0,), ())) is None
    assert find_shortfall(request(), steps_of((5.0, 4.0), (None,))) is None
    assert find_shortfall(request(), steps_of((5.0, float("nan")), (-1.0,))) is None


def test_only_an_attack_that_ran_out_is_stuck():
    steps = steps_of((5.0, 4.0), (-5.0,))
    failed = {"success": False, "success_8bit": False, "steps": steps}
    assert shortfall_of(make_report(steps=steps)) is None
    assert shortfall_of(make_report(**failed, outcome=Outcome.GRADIENT_VANISHED)) is None
    assert shortfall_of(make_report(**failed, outcome=Outcome.ITERATIONS_EXHAUSTED)) is not None
    assert shortfall_of(make_report(**failed, outcome=Outcome.BOX_EXHAUSTED)) is not None


def test_a_run_records_what_its_planes_promised(monkeypatch):
    put_in_place(monkeypatch, tiny_classifier())
    report = run_attack(request(delta=1, lambda_=1, max_iter=3))
    original, *steps = report.steps
    assert original.promised is None
    assert len(steps) == 3
    assert all(step.promised > 0 for step in steps)
    assert shortfall_of(report).confined
    assert run_attack(request(attack="sparsest")).steps[1].promised is None
