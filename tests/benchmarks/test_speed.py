from statistics import median

import pytest
import torch

from sparsefool.attacks import sparsefool
from sparsefool.benchmarks import speed
from sparsefool.benchmarks.competitors import COMPETITORS, ENGINE, Competitor, Limits
from sparsefool.benchmarks.profiler import profiled
from sparsefool.benchmarks.scaling import measure_scaling
from sparsefool.benchmarks.speed import compare_speed, load_competitors
from tests.attacks.networks import random_images, small_network

NAMES = [competitor.name for competitor in COMPETITORS]


@pytest.fixture
def network():
    return small_network()


def test_the_engine_and_the_transcription_are_compared_on_equal_terms(network):
    images = random_images(4)
    ready, missing = load_competitors(["literal"])
    assert missing == {}
    rows = compare_speed(network, images, ready, batch_sizes=(1, 10), repetitions=2).rows
    assert [(row.competitor, row.batch_size) for row in rows] == [
        ("engine", 1),
        ("engine", 8),
        ("literal", 1),
    ]
    one, eight, literal = rows
    direct = sparsefool(network, images)
    assert one.median_pixels == literal.median_pixels == median(direct.pixels_changed.tolist())
    assert one.fooled == eight.fooled == literal.fooled == 1
    assert one.forwards == direct.forwards.double().mean()
    assert literal.forwards > one.forwards
    assert set(literal.ratios) == {1, 8}
    assert all(len(row.seconds) == 2 and 0 < row.network_share < 1 for row in rows)
    assert set(one.ratios[1]) == {1.0}
    expected = tuple(a / b for a, b in zip(literal.seconds, eight.seconds, strict=True))
    assert literal.ratios[8] == expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the packages themselves
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("engine", "literal")])
def test_every_competitor_that_is_installed_attacks(network, name):
    ready, missing = load_competitors([name])
    if missing:
        pytest.skip(missing[name])
    limits = Limits(max_iter=5, sigma_zero_steps=20, fmn_steps=20)
    rows = compare_speed(
        network, random_images(3), ready, batch_sizes=(3,), repetitions=1, limits=limits
    ).rows
    assert [row.competitor for row in rows] == ["engine", name]
    assert rows[1].forwards > 0
    assert rows[1].backwards > 0


def test_a_missing_competitor_is_reported_and_the_engine_is_always_there(monkeypatch):
    def load():
        raise ImportError("No module named 'absent'")

    monkeypatch.setattr(speed, "COMPETITORS", (ENGINE, Competitor("absent", "Absent", load)))
    ready, missing = load_competitors(["absent"])
    assert list(ready) == [ENGINE]
    assert missing == {"absent": "No module named 'absent'"}


def test_the_profile_counts_what_the_classifier_counts_until_the_block_ends(network):
    engine = torch.autograd._engine_run_backward
    with profiled(network, torch.device("cpu")) as spent:
        result = sparsefool(network, random_images(5))
    assert spent.forwards == int(result.forwards.sum())
    assert spent.backwards == int(result.backwards.sum())
    assert 0 < spent.network_seconds < spent.seconds
    assert torch.autograd._engine_run_backward is engine
    network(random_images(1))
    assert spent.forwards == int(result.forwards.sum())


def test_an_error_in_the_block_restores_the_backward_pass(network):
    engine = torch.autograd._engine_run_backward
    with pytest.raises(KeyError), profiled(network, torch.device("cpu")):
        raise KeyError
    assert torch.autograd._engine_run_backward is engine


def test_scaling_is_measured_for_sides_and_candidates():
    network = small_network(classes=6)
    rows = measure_scaling(network, random_images(2), sides=(6,), candidates=(2, 5))
    assert [(row.side, row.num_candidates) for row in rows] == [(6, 10), (6, 2), (6, 5)]
    assert rows[1].backwards < rows[2].backwards
