"""Many sessions at a time, each with a picture of its own: everybody gets what they would have got alone."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sparsefool import devices
from sparsefool.backend import models, placement
from sparsefool.backend.attack.first_boundary import forget_boundaries
from sparsefool.backend.attack.report_store import report_store
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.work.devices import DevicePool
from sparsefool.backend.work.job import JobState
from sparsefool.devices import DeviceInfo
from tests.backend.gate import SOON, Gate, until
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture

FOUR = ("cpu", "cpu:1", "cpu:2", "cpu:3")
SLOW = {"delta": 20.0, "lambda_": 1.0}


def exact_classifier():
    """The tiny network in float64: in a batch it gives what it gives alone."""
    classifier = tiny_classifier()
    classifier.module.double()
    return classifier


def request_of(number, device="auto"):
    return AttackRequest(TINY, tiny_picture(seed=number), **SLOW, device=device)


def alone(numbers):
    """Return the reports of runs one by one, of which nothing is kept."""
    reports = [run_attack(request_of(number)) for number in numbers]
    forget_boundaries()
    report_store().clear()
    return reports


def ask(pool, number, begin=lambda: True):
    """Submit the attack of a session as its page does, and wait for its report; ``begin()`` comes first."""
    request = request_of(number)
    job = pool.submit(
        lambda progress: begin() and run_attack(request, progress),
        session=str(number),
        key=(request, request.picture.name),
        networks=request.networks,
    )
    assert job.wait(SOON)
    assert job.state is JobState.DONE, job.error
    return job.result


def assert_same(found, expected):
    assert found.request.picture_sha256 == expected.request.picture_sha256, "another's picture"
    assert found.adversarial.sha256 == expected.adversarial.sha256
    assert (found.before.label, found.after_8bit.label) == (expected.before.label, expected.after_8bit.label)
    assert (found.success, found.success_8bit) == (expected.success, expected.success_8bit)
    assert (found.iterations, found.change) == (expected.iterations, expected.change)
    for step, other in zip(found.steps, expected.steps, strict=True):
        assert np.allclose(step.image, other.image, rtol=0, atol=1e-6)


def all_at_once(work, numbers):
    """Return ``work(number)`` for all numbers, each in a thread of its own, begun together."""
    barrier = threading.Barrier(len(numbers))

    def begin(number):
        barrier.wait(SOON)
        return work(number)

    with ThreadPoolExecutor(len(numbers)) as threads:
        return [each.result(2 * SOON) for each in [threads.submit(begin, number) for number in numbers]]


@pytest.fixture
def four_devices(monkeypatch):
    """Four devices, simulated on the CPU, with a copy of the network each; the copies, by device."""
    infos = tuple(DeviceInfo(name, "Simulated", 2**33) for name in FOUR)
    for module in (devices, placement):
        monkeypatch.setattr(module, "available_devices", lambda: infos)
    put_in_place(monkeypatch, None)
    copies = {name: exact_classifier() for name in FOUR}
    monkeypatch.setattr(models, "load_model", lambda _, device, *__: copies[device])
    return copies


def test_fifty_sessions_get_their_own_pictures_as_alone(monkeypatch):
    put_in_place(monkeypatch, exact_classifier())
    numbers = range(50)
    expected = alone(numbers)
    assert len({report.adversarial.sha256 for report in expected}) == 50
    pool = DevicePool(["cpu"], side_by_side=8)
    for found, report in zip(all_at_once(lambda number: ask(pool, number), numbers), expected, strict=True):
        assert_same(found, report)


def fail_after(classifier, passes):
    """Let the driver of a simulated device fail after so many passes, for good."""
    forward, left = classifier.module.forward, [passes]

    def failing(images):
        left[0] -= 1
        if left[0] < 0:
            raise torch.AcceleratorError("CUDA error: uncorrectable ECC error encountered")
        return forward(images)

    classifier.module.forward = failing


def test_four_devices_are_all_busy_and_one_that_fails_in_the_middle_loses_nothing(
    four_devices, caplog, monkeypatch
):
    numbers = range(24)
    expected = alone(numbers)
    fail_after(four_devices["cpu:2"], 9)
    for classifier in four_devices.values():
        classifier.forwards = 0
    pool, all_asked, submit = DevicePool(FOUR, side_by_side=3), threading.Event(), DevicePool.submit
    asked = []

    def counted(self, *arguments, **options):
        job = submit(self, *arguments, **options)
        asked.append(job)
        if len(asked) == len(numbers):
            all_asked.set()
        return job

    monkeypatch.setattr(DevicePool, "submit", counted)
    found = all_at_once(lambda number: ask(pool, number, lambda: all_asked.wait(SOON)), numbers)
    for report, other in zip(found, expected, strict=True):
        assert_same(report, other)
    assert "cpu:2 is set aside" in caplog.text
    answered = Counter(report.device.name for report in found)
    others = [answered[name] for name in FOUR if name != "cpu:2"]
    assert four_devices["cpu:2"].forwards > 0, "it failed in the middle"
    assert min(others) >= len(numbers) / len(FOUR)
    assert max(others) <= 2 * min(others)
    assert sum(answered.values()) == len(numbers)


@pytest.mark.usefixtures("four_devices")
def test_a_kept_report_and_a_first_boundary_serve_on_every_device_of_a_make():
    pool = DevicePool(FOUR, side_by_side=1)

    def on(device, **changes):
        request = AttackRequest(TINY, tiny_picture(), **{**SLOW, **changes})
        work = pool.submit(lambda progress: run_attack(request, progress), session="a", device=device)
        assert work.wait(SOON)
        assert work.state is JobState.DONE, work.error
        return work.result

    first, second = on("cpu:1"), on("cpu:3", delta=30.0)
    assert (first.device.name, second.device.name) == ("cpu:1", "cpu:3")
    assert (first.boundary_reused, second.boundary_reused) == (False, True)
    kept = report_store().find(AttackRequest(TINY, tiny_picture(), **SLOW))
    assert kept is not None
    assert kept.device.name == "cpu:1"
    assert report_store().find(AttackRequest(TINY, tiny_picture(), **SLOW, device="cpu:2")) is None


def test_a_session_that_vanishes_frees_its_place_in_the_batch(monkeypatch):
    classifier, gate = exact_classifier(), Gate()
    put_in_place(monkeypatch, classifier)
    forward, is_there = classifier.module.forward, {"gone": True}

    def held(images):
        gate.entered.set()
        assert gate.open.wait(SOON)
        return forward(images)

    classifier.module.forward = held
    pool = DevicePool(["cpu"], side_by_side=1)
    requests = [request_of(number) for number in range(3)]
    jobs = [
        pool.submit(
            lambda progress, request=request: run_attack(request, progress),
            session=name,
            is_wanted=lambda name=name: is_there.get(name, True),
        )
        for name, request in zip(("gone", "also gone", "stays"), requests, strict=True)
    ]
    assert gate.entered.wait(SOON)
    is_there.update({"gone": False, "also gone": False})
    gate.open.set()
    assert all(job.wait(SOON) for job in jobs)
    assert [job.state for job in jobs] == [JobState.CANCELLED, JobState.CANCELLED, JobState.DONE]
    assert "was closed" in str(jobs[0].error)
    until(lambda: not any(each.name.startswith("sparsefool-passes") for each in threading.enumerate()))


def test_an_attack_does_not_wait_for_the_pass_of_an_experiment_on_the_same_network(monkeypatch):
    classifier, gate = exact_classifier(), Gate()
    put_in_place(monkeypatch, classifier)
    forward = classifier.module.forward

    def held(images):
        if len(images) > 20:  # the batch of the experiment
            gate.entered.set()
            assert gate.open.wait(SOON)
        return forward(images)

    classifier.module.forward = held
    pool = DevicePool(["cpu"])
    experiment = pool.submit(
        lambda _: classifier(torch.rand(50, 3, 32, 32)).argmax(1), session="experiment", alone=True
    )
    assert gate.entered.wait(SOON)
    assert ask(pool, 1).success
    assert not experiment.finished
    gate.open.set()
    assert experiment.wait(SOON)
