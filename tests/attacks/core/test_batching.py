import dataclasses

import pytest
import torch

from sparsefool.attacks import ATTACKS, find_boundary, in_batches, sparsefool
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult

SHORT = (torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: not enough memory"))


@pytest.fixture
def problem(network, images):
    return network.double(), images.double()


def assert_same(one, other):
    for field in dataclasses.fields(AttackResult):
        if field.name != "backwards":  # a neighbour in the batch may cost an image one more
            torch.testing.assert_close(getattr(one, field.name), getattr(other, field.name), msg=field.name)


def test_what_belongs_to_an_image_goes_with_it(problem):
    network, images = problem
    labels = network(images).argmax(1)
    options = {
        "lambda_": torch.linspace(1, 5, 12),
        "delta": torch.linspace(40, 255, 12),
        "target": (labels + 1) % 5,
        "region": torch.rand(12, 6, 6) < 0.9,
        "max_iter": 10,
    }
    whole = sparsefool(network, images, labels, **options)
    assert_same(in_batches(sparsefool, network, images, labels, batch_size=5, **options), whole)


def test_a_known_boundary_and_one_region_for_all(problem):
    network, images = problem
    options = {"first_boundary": find_boundary(network, images), "region": torch.rand(6, 6) < 0.8}
    whole = sparsefool(network, images, **options)
    assert_same(in_batches(sparsefool, network, images, batch_size=6, **options), whole)


@pytest.mark.parametrize("error", SHORT)
def test_chunks_are_halved_until_they_fit(problem, error):
    sizes = []

    def hungry(classifier, images, labels=None, **options):
        sizes.append(len(images))
        if len(images) > 4:
            raise error
        return sparsefool(classifier, images, labels, **options)

    assert_same(in_batches(hungry, *problem), sparsefool(*problem))
    assert sizes == [12, 6, 3, 3, 3, 3]


def test_one_image_that_does_not_fit_and_other_errors_are_raised(problem):
    for error in (*SHORT, RuntimeError("something else")):

        def failing(*_, error=error, **__):
            raise error

        with pytest.raises(RuntimeError, match=str(error)):
            in_batches(failing, *problem)


def test_observers_are_told_positions_in_the_whole_batch(problem):
    network, images = problem
    outer, inner = torch.zeros(12, dtype=torch.long), []

    def count(event):
        outer[event.rows] += 1

    result = in_batches(
        sparsefool, network, images, batch_size=5, lambda_=1.0, observer=count, boundary_observer=inner.append
    )
    assert torch.equal(outer, result.iterations)
    assert torch.cat([event.rows for event in inner]).unique().tolist() == list(range(12))


@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_every_attack_runs_in_chunks(network, images, spec):
    limits = {"max_iter": 2} if any(p.name == "max_iter" for p in spec.parameters) else {}
    result = in_batches(spec.run, network, images, batch_size=8, **limits)
    assert result.adversarial.shape == images.shape


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"lambda_": torch.ones(3)}, "one entry per image"),
    ],
)
def test_bad_arguments_are_refused(problem, options, message):
    with pytest.raises(ParameterError, match=message):
        in_batches(sparsefool, *problem, **options)
