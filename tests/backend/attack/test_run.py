import dataclasses
import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sparsefool.attacks import GRADIENT_GROWTH, find_attack, sparsefool
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.work.devices import device_pool
from sparsefool.backend.work.job import JobState
from sparsefool.errors import Cancelled, DeviceError, ParameterError
from sparsefool.types import Outcome
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture, tiny_request

SLOW = {"delta": 20.0, "lambda_": 1.0}
"""Parameters with which the tiny network is fooled, but not at once."""

HOPELESS = {"delta": 1.0, "lambda_": 1.0}
"""Parameters with which it is not fooled, in several iterations."""


pytestmark = pytest.mark.usefixtures("classifier")


class Watcher:
    """Progress that remembers what it was told, and cancels once it has been told of ``limit`` steps."""

    def __init__(self, limit=None):
        self.limit = limit
        self.payloads = []

    def report(self, _done, _total, _text, payload=None):
        if payload is not None:
            self.payloads.append(payload)

    def check(self):
        if self.limit is not None and len(self.payloads) >= self.limit:
            raise Cancelled("enough")


def test_the_report_says_what_the_engine_found():
    request = tiny_request()
    report = run_attack(request)
    images = request.picture.tensor()
    result = sparsefool(tiny_classifier(), images, max_gradient_growth=GRADIENT_GROWTH)
    every = sparsefool(tiny_classifier(), images)
    torch.testing.assert_close(result.adversarial, every.adversarial, atol=1e-4, rtol=0)
    assert report.success == bool(result.success[0]) is True
    assert report.outcome is Outcome.FOOLED
    assert report.reason == "The network was fooled."
    assert np.array_equal(report.perturbation, result.perturbation[0].numpy())
    assert (report.before.label, report.after.label) == (int(result.labels), int(result.adversarial_labels))
    assert report.change.pixels == int(result.pixels_changed)
    assert report.change.features == int(result.features_changed)
    assert report.change.percent == pytest.approx(100 * report.change.pixels / 1024)
    assert report.change.max_change == pytest.approx(float(result.max_change))
    assert (report.iterations, report.forwards, report.backwards, report.planes_behind) == (
        int(result.iterations),
        int(result.forwards),
        int(result.backwards),
        int(result.planes_behind),
    )


def test_predictions_hold_the_probabilities_of_all_classes(classifier):
    report = run_attack(tiny_request())
    expected = classifier(report.request.picture.tensor()).softmax(1)[0]
    assert report.before.probabilities == pytest.approx(expected.numpy(), abs=1e-6)
    assert report.before.confidence == pytest.approx(float(expected.max()), abs=1e-6)
    assert report.before.name == classifier.class_names[report.before.label]


def test_the_8_bit_verdict_is_that_of_the_picture(classifier):
    report = run_attack(tiny_request(delta=40.6))
    logits = classifier(report.adversarial.tensor())
    assert report.after_8bit.label == int(logits.argmax())
    assert report.success_8bit == (report.after_8bit.label != report.before.label)
    before, after = (p.pixels.astype(int) for p in (report.request.picture, report.adversarial))
    assert report.change_8bit.max_change == np.abs(after - before).max() == 40
    assert report.change.max_change == pytest.approx(40.6, abs=1e-3)
    assert report.change_8bit.features == (before != after).sum()
    assert report.change_8bit.pixels == (before != after).any(2).sum()


def test_the_trajectory_leads_from_the_original_to_the_result(classifier):
    report = run_attack(tiny_request(**SLOW))
    steps = report.steps
    assert [step.iteration for step in steps] == list(range(report.iterations + 1))
    assert len(steps) > 2
    assert np.array_equal(steps[0].image, report.request.picture.tensor()[0].numpy())
    assert steps[0].pixels_changed == 0
    assert steps[-1].pixels_changed == report.change.pixels
    for step in steps:
        logits = classifier(torch.from_numpy(step.image.copy())[None])[0]
        others = logits.clone()
        others[report.before.label] = -torch.inf
        assert step.margin == pytest.approx(float(logits[report.before.label] - others.max()), abs=1e-5)
        assert step.prediction.label == int(logits.argmax())
    assert [step.margin < 0 for step in steps] == [False] * (len(steps) - 1) + [True]


def test_a_target_is_reached_and_its_margin_is_followed(classifier):
    order = classifier(tiny_picture().tensor())[0].argsort(descending=True)
    target = int(order[4])
    report = run_attack(tiny_request(target=target))
    assert report.success
    assert report.after.label == target
    logits = classifier(report.request.picture.tensor())[0]
    assert report.steps[0].margin == pytest.approx(float(logits[order[0]] - logits[target]), abs=1e-5)


def test_failure_has_a_reason():
    report = run_attack(tiny_request(**HOPELESS, max_iter=1))
    assert not report.success
    assert report.outcome is Outcome.ITERATIONS_EXHAUSTED
    assert "limit of iterations" in report.reason
    assert report.after.label == report.before.label
    assert report.steps[-1].pixels_changed == report.change.pixels > 0


def test_another_lambda_or_delta_reuses_the_first_boundary(monkeypatch):
    changes = [{}, {"lambda_": 2.0}, {"delta": 30.0}, SLOW]
    put_in_place(monkeypatch, tiny_classifier())
    with_cache = [run_attack(tiny_request(**change)) for change in changes]
    without = []
    for change in changes:
        put_in_place(monkeypatch, tiny_classifier())
        without.append(run_attack(tiny_request(**change)))
    assert [report.boundary_reused for report in with_cache] == [False, True, True, True]
    assert not any(report.boundary_reused for report in without)
    for cached, fresh in zip(with_cache, without, strict=True):
        assert np.array_equal(cached.perturbation, fresh.perturbation)
        assert cached.adversarial.sha256 == fresh.adversarial.sha256
        assert cached.iterations == fresh.iterations
        assert cached.steps[0].margin == fresh.steps[0].margin
    for cached, fresh in zip(with_cache[1:], without[1:], strict=True):
        assert cached.forwards < fresh.forwards
        assert cached.backwards < fresh.backwards


class Held:
    """Progress of a run that stops in the middle of its search for the boundary until it may go on."""

    def __init__(self, error=None):
        self.error, self.searching, self.may_go_on = error, threading.Event(), threading.Event()

    def report(self, _done, _total, text, _payload=None):
        if "boundary" in text:
            self.searching.set()

    def check(self):
        if self.searching.is_set():
            assert self.may_go_on.wait(60)
            if self.error:
                raise self.error


@pytest.mark.parametrize("error", [None, Cancelled("enough"), ZeroDivisionError()])
def test_runs_that_need_the_same_boundary_at_once_find_it_once_unless_the_first_gives_up(error):
    first, second = Held(error), Held()
    second.may_go_on.set()
    with ThreadPoolExecutor(2) as threads:
        earlier = threads.submit(run_attack, tiny_request(), first)
        assert first.searching.wait(60)
        later = threads.submit(run_attack, tiny_request(lambda_=2.0), second)
        assert second.searching.wait(60)
        assert not later.done()
        first.may_go_on.set()
        assert later.result(60).boundary_reused == (error is None)
        if error is None:
            assert not earlier.result(60).boundary_reused
        else:
            with pytest.raises(type(error)):
                earlier.result(60)


def test_a_run_that_waits_for_the_boundary_of_another_can_be_cancelled():
    first, second = Held(), Held(Cancelled("enough"))
    second.may_go_on.set()
    with ThreadPoolExecutor(2) as threads:
        earlier = threads.submit(run_attack, tiny_request(), first)
        assert first.searching.wait(60)
        with pytest.raises(Cancelled):
            threads.submit(run_attack, tiny_request(lambda_=2.0), second).result(60)
        first.may_go_on.set()
        assert earlier.result(60).success


@pytest.mark.parametrize(
    "change", [{"num_candidates": 3}, {"max_iter": 20}, {"target": 1}, {"picture": tiny_picture(seed=2)}]
)
def test_what_the_first_boundary_depends_on_is_not_reused(change):
    request = tiny_request()
    run_attack(request)
    fields = {field.name: getattr(request, field.name) for field in dataclasses.fields(request) if field.init}
    assert not run_attack(AttackRequest(**fields | change)).boundary_reused
    assert run_attack(request).boundary_reused


def test_the_counted_passes_are_those_made(classifier):
    for change, check in (({}, 1), ({"lambda_": 2.0}, 1)):
        forwards, backwards = classifier.forwards, classifier.backwards
        report = run_attack(tiny_request(**change))
        assert classifier.forwards - forwards == report.forwards + check
        assert classifier.backwards - backwards == report.backwards


def test_progress_hears_of_every_step():
    watcher = Watcher()
    report = run_attack(tiny_request(**SLOW), watcher)
    assert [len(payload) for payload in watcher.payloads] == list(range(1, report.iterations + 2))
    assert watcher.payloads[-1] == report.steps


def test_a_cancel_stops_within_one_iteration(classifier):
    whole = run_attack(tiny_request(**HOPELESS))
    assert whole.outcome is Outcome.BOX_EXHAUSTED
    assert whole.iterations > 4
    forwards, watcher = classifier.forwards, Watcher(limit=2)
    with pytest.raises(Cancelled):
        run_attack(tiny_request(**HOPELESS), watcher)
    assert [len(payload) for payload in watcher.payloads] == [1, 2]
    assert classifier.forwards - forwards < whole.forwards / 2


def test_it_runs_as_a_job():
    job = device_pool().submit(
        lambda progress: run_attack(tiny_request(**SLOW), progress), session="a", device="cpu"
    )
    assert job.wait(30)
    assert job.state is JobState.DONE
    assert job.result.success
    steps, pixels = job.result.iterations, job.result.steps[-1].pixels_changed
    assert job.status.text == f"Iteration {steps} of at most 50, {pixels} pixels changed"


def test_sparsest_promises_no_number_of_steps():
    job = device_pool().submit(
        lambda progress: run_attack(tiny_request(attack="sparsest"), progress), session="a", device="cpu"
    )
    assert job.wait(30)
    assert job.state is JobState.DONE
    assert job.result.success
    steps = job.result.steps
    assert job.status.text == f"Step {len(steps) - 1}, {steps[-1].pixels_changed} pixels changed"
    assert job.status.total == 0


def test_a_target_must_be_another_class_of_the_network(classifier):
    label = int(classifier(tiny_picture().tensor()).argmax())
    with pytest.raises(ParameterError, match=rf"target equals the label \({label}\)"):
        run_attack(tiny_request(target=label))
    with pytest.raises(ParameterError, match="from 0 to 9"):
        run_attack(tiny_request(target=10))


def test_a_picture_of_another_size_is_refused():
    small = dataclasses.replace(tiny_picture(), pixels=tiny_picture().pixels[:20])
    with pytest.raises(ParameterError, match=r"takes pictures .* \(32, 32, 3\); this one has \(20, 32, 3\)"):
        run_attack(AttackRequest(TINY, small, device="cpu"))


def test_an_unknown_device_and_a_full_one_are_named(monkeypatch):
    with pytest.raises(DeviceError, match="no device 'cuda:99'"):
        run_attack(AttackRequest(TINY, tiny_picture(), device="cuda:99"))

    @functools.wraps(sparsefool)
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(AttackRequest, "spec", dataclasses.replace(find_attack("sparsefool"), run=full))
    with pytest.raises(DeviceError, match=r"memory of .* is full"):
        run_attack(tiny_request())


def test_a_network_that_returns_nan_fails_with_a_reason(classifier):
    classifier.module[-1].bias.data[3] = torch.nan
    report = run_attack(tiny_request())
    assert not report.success
    assert not report.success_8bit
    assert report.outcome is Outcome.NOT_FINITE
    assert len(report.steps) == 1
    assert report.summary()["before"]["confidence"] is None
