"""The attacks with which the Attack page opens: complete, of today's engine, and what it gives."""

import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from sparsefool import paths
from sparsefool.attacks import INTERACTIVE
from sparsefool.backend.attack import report_store
from sparsefool.backend.attack.openings import (
    openings,
    run_openings,
    ship_openings,
    shipped_networks,
    stale_openings,
)
from sparsefool.backend.attack.report_store import ReportStore, shipped_file
from sparsefool.backend.attack.run import run_attack
from sparsefool.cli.main import main
from sparsefool.data.specs import DATASETS
from sparsefool.errors import ModelError, StoreError
from sparsefool.zoo.specs import find_spec

REMEDY = "run: OMP_NUM_THREADS=1 sparsefool experiment openings DATASET --ship"


@pytest.fixture
def requests():
    """Return what the page asks for with two pictures of MNIST, with each method."""
    every = openings("mnist", device="cpu")
    return (*every[:2], *every[20:22])


def run_all(requests, own):
    return list(run_openings(requests, own=own, shipped=own / "none"))


@pytest.mark.parametrize("dataset", [spec.name for spec in DATASETS])
def test_nothing_that_ships_is_stale(dataset):
    assert stale_openings(openings(dataset)) == [], REMEDY


def test_every_sample_network_and_method_has_one():
    for spec in DATASETS:
        requests = openings(spec.name)
        networks = shipped_networks(spec.name)
        assert len(requests) == 20 * len(networks) * len(INTERACTIVE)
        assert {request.lambda_ for request in requests if request.has_lambda} == {spec.paper_lambda}
        assert not any(find_spec(name).download for name in networks)


def test_every_shipped_file_is_of_a_network_that_is_listed():
    known = {shipped_file(name) for spec in DATASETS for name in shipped_networks(spec.name)}
    assert set(paths.SHIPPED_REPORTS.iterdir()) <= known


def test_together_they_take_a_few_megabytes():
    assert sum(path.stat().st_size for path in paths.SHIPPED_REPORTS.iterdir()) < 10e6


@pytest.mark.parametrize(
    ("model", "attack"), [("mnist/lenet", "sparsefool"), ("cifar10/resnet18", "sparsest")]
)
def test_the_engine_gives_what_ships(model, attack):
    dataset = model.partition("/")[0]
    request = next(each for each in openings(dataset, [model]) if each.attack == attack)
    shipped, fresh = ReportStore().find(request), run_attack(replace(request, device="cpu"))
    assert shipped is not None, REMEDY
    assert shipped.adversarial.sha256 == fresh.adversarial.sha256, REMEDY
    for name in ("before", "after", "after_8bit"):
        assert getattr(shipped, name).label == getattr(fresh, name).label
    assert [step.pixels_changed for step in shipped.steps] == [step.pixels_changed for step in fresh.steps]
    assert np.allclose(shipped.after_8bit.probabilities, fresh.after_8bit.probabilities, atol=1e-3)


def test_finished_ones_are_not_computed_again(requests, tmp_path, monkeypatch):
    reports = run_all(requests[:3], tmp_path)

    def one_more(request):
        assert request == requests[3]
        return run_attack(request)

    monkeypatch.setattr("sparsefool.backend.attack.openings.run_attack", one_more)
    again = run_all(requests, tmp_path)
    assert len(again) == 4
    assert [each.adversarial.sha256 for each in again[:3]] == [each.adversarial.sha256 for each in reports]
    assert not any(report.boundary_reused for report in again), "so the passes are those of a whole run"


def test_a_damaged_one_is_made_anew(requests, tmp_path):
    run_all(requests, tmp_path)
    damaged = sorted(tmp_path.glob("*.npz"))[0]
    damaged.write_bytes(b"damaged")
    run_all(requests, tmp_path)
    assert damaged.stat().st_size > 1000


def test_what_is_shipped_is_found_and_what_is_not_finished_is_not_shipped(requests, tmp_path):
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    run_all(requests[:3], own)
    with pytest.raises(StoreError, match="is not finished"):
        ship_openings(requests, own, shipped)
    assert not shipped.exists()
    run_all(requests, own)
    (path,) = ship_openings(requests, own, shipped)
    assert path == shipped_file("mnist/lenet", shipped)
    assert stale_openings(requests, shipped) == []
    content = path.read_bytes()
    shutil.rmtree(own)
    ship_openings(requests, own, shipped)
    assert path.read_bytes() == content, "shipped ones count as finished, and equal files are equal"


def test_what_is_stale_is_named(requests, tmp_path, monkeypatch):
    run_all(requests, tmp_path)
    (path,) = ship_openings(requests[:3], tmp_path, tmp_path)
    (missing,) = stale_openings(requests, tmp_path)
    assert missing.startswith("mnist/lenet, Sparsest, mnist_01: nothing is shipped")
    (left_over,) = stale_openings(requests[:2], tmp_path)
    assert left_over == "mnist-lenet.zip: 1 reports are of another picture, network or engine."
    with monkeypatch.context() as patch:
        patch.setattr(report_store, "engine_version", lambda _: "another")
        assert len(stale_openings(requests[:3], tmp_path)) == 4
    with monkeypatch.context() as patch:
        patch.setattr("sparsefool.backend.attack.openings.weights_sha256", lambda _: "other weights")
        assert len(stale_openings(requests[:3], tmp_path)) == 4
    with zipfile.ZipFile(path, "a") as file:
        name = file.namelist()[0]
    data = bytearray(path.read_bytes())
    data[data.index(name.encode()) + 200] ^= 255
    path.write_bytes(data)
    assert any("is damaged" in sentence for sentence in stale_openings(requests[:3], tmp_path))


def test_the_command_makes_and_ships_them(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "SHIPPED_REPORTS", tmp_path / "shipped")
    outcome = CliRunner().invoke(
        main,
        ["experiment", "openings", "mnist", "--device", "cpu", "--results", str(tmp_path), "--ship"],
    )
    assert outcome.exit_code == 0, outcome.output
    assert "mnist/lenet, sparsefool: fooled 20/20 as 8-bit images, median" in outcome.stdout
    assert f"40 reports; they are kept in {tmp_path / 'shipped'}" in outcome.stderr
    assert stale_openings(openings("mnist")) == []


def test_a_network_that_is_not_here_is_said_to_be():
    with pytest.raises(ModelError, match="not on this machine"):
        openings("imagenet", ["imagenet/vgg16"])
