"""Stored rows of the sample pictures: complete, of the shipped weights, and what a run gives now."""

import numpy as np
import pytest

from sparsefool import paths
from sparsefool.backend.models import gallery_picture
from sparsefool.backend.sweeps.points import stored_sweep
from sparsefool.backend.sweeps.request import SweepRequest
from sparsefool.backend.sweeps.run import run_sweep
from sparsefool.data.pictures import Picture
from sparsefool.data.specs import DATASETS, FIGURE_7, find_dataset
from sparsefool.experiments.paper.experiments import sample_grids
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.sample_grid import MAP_DELTAS, MAP_LAMBDAS, SAMPLES
from sparsefool.zoo.loading import available_models
from sparsefool.zoo.specs import find_spec

STORED = {"mnist": SAMPLES, "cifar10": SAMPLES, "imagenet": 10}
"""Sample pictures of each data set whose row is stored, of which there are more of ImageNet to measure."""

NETWORKS = [model for spec in DATASETS for model in available_models(spec.name)]


def request(model, index=0, lambdas=None, deltas=FIGURE_7, **more):
    dataset = find_spec(model).dataset
    lambdas = lambdas or (find_dataset(dataset).paper_lambda,)
    return SweepRequest(model, gallery_picture(model, dataset, index), lambdas, deltas, device="cpu", **more)


@pytest.mark.parametrize("model", NETWORKS)
def test_the_row_of_every_sample_is_stored_with_the_weights_that_ship(model):
    for index in range(STORED[find_spec(model).dataset]):
        report = stored_sweep(request(model, index))
        assert report is not None, f"measure it: sparsefool experiment samples … --model {model} --ship"
        assert report.stored
        assert [point.delta for point in report.points] == list(FIGURE_7)
        assert all(point.max_change <= point.delta for point in report.points)


@pytest.mark.parametrize("model", [model for model in NETWORKS if not model.startswith("imagenet")])
def test_the_map_of_the_first_sample_is_stored(model):
    report = stored_sweep(request(model, 0, MAP_LAMBDAS, MAP_DELTAS))
    assert len(report.points) == len(MAP_LAMBDAS) * len(MAP_DELTAS)


def test_a_run_gives_the_stored_pictures():
    asked = request("mnist/lenet", 3)
    stored, fresh = stored_sweep(asked), run_sweep(asked)
    assert fresh.before.label == stored.before.label
    pairs = list(zip(stored.points, fresh.points, strict=True))
    assert all(one.success == other.success and one.after.label == other.after.label for one, other in pairs)
    same = [np.array_equal(one.adversarial.pixels, other.adversarial.pixels) for one, other in pairs]
    assert sum(same) >= len(same) - 1, "more than rounding has changed: measure the stored rows anew"
    for one, other in pairs:
        assert (one.ssim, one.psnr) == pytest.approx((other.ssim, other.psnr), rel=1e-2)


def test_other_pictures_and_settings_are_not_stored():
    asked = request("mnist/lenet")
    pixels = asked.picture.pixels.copy()
    pixels[0, 0] ^= 1
    other = Picture(pixels, "mine")
    assert stored_sweep(SweepRequest(asked.model, other, asked.lambdas, asked.deltas)) is None
    assert stored_sweep(request("mnist/lenet", lambdas=(2.5,))) is None
    assert stored_sweep(request("mnist/lenet", max_iter=49)) is None
    assert stored_sweep(request("mnist/lenet", num_candidates=5)) is None


def test_a_damaged_file_is_no_stored_row(tmp_path):
    (grid, _) = sample_grids("mnist", ("mnist/lenet",))
    path = RecordStore(tmp_path).ship(grid.part("mnist/lenet"))
    assert path.parent == paths.SHIPPED_RESULTS
    (tmp_path / path.name).write_bytes(b"damaged")
    assert stored_sweep(request("mnist/lenet"), RecordStore(tmp_path / "own", tmp_path)) is None
