import numpy as np
import pytest
import torch

from sparsefool import load_model, paths
from sparsefool.backend.models import LoadedModel
from sparsefool.backend.planes.run import _images, _plane, _record
from sparsefool.backend.planes.stored import EXAMPLES, FLAT, store_plane, stored_plane
from sparsefool.backend.progress import NullProgress
from sparsefool.errors import StoreError
from sparsefool.store.tables import read_table
from sparsefool.zoo.loading import weights_sha256


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_stored_is_what_the_network_says_now(example):
    """`sparsefool experiment planes --ship` stores the planes anew."""
    report, request = stored_plane(example), example.request("cpu")
    assert read_table(example.path).provenance["weights_sha256"] == weights_sha256(example.model)
    model = LoadedModel(load_model(example.model, "cpu"), weights_sha256(example.model))
    recording = _record(request.attack, model, "cpu", NullProgress())
    assert len(recording.rounds) == report.rounds
    plane, _ = _plane(recording, request)
    assert plane.place(_images(recording)[1]) == pytest.approx(report.boundary_point, abs=0.1)
    side = len(report.labels)
    chosen = [(row, column) for row in range(0, side, 20) for column in range(0, side, 20)]
    places = torch.tensor([[report.ticks[0][column], report.ticks[1][row]] for row, column in chosen])
    with torch.no_grad():
        labels = model.classifier(plane.images(places)).argmax(1).tolist()
    assert labels == [report.labels[at] for at in chosen]


def test_a_plane_is_read_as_it_was_written(tmp_path, monkeypatch):
    report = stored_plane(FLAT)
    monkeypatch.setattr(paths, "SHIPPED_PLANES", tmp_path)
    store_plane(FLAT, report)
    again = stored_plane(FLAT)
    assert again is not report
    assert (again.labels == report.labels).all()
    assert np.allclose(again.ticks, report.ticks)
    assert (again.flatness, again.turns, again.names) == (report.flatness, report.turns, report.names)
    stored_plane.cache_clear()


def test_a_missing_plane_is_an_error_that_names_it(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "SHIPPED_PLANES", tmp_path)
    stored_plane.cache_clear()
    with pytest.raises(StoreError, match=r"flat\.parquet"):
        stored_plane(FLAT)
