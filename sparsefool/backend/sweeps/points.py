"""The points of a sweep from its rows, whether these were measured now or are stored."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sparsefool.backend.sweeps.request import SeenClass, SweepPoint, SweepReport, SweepRequest
from sparsefool.data.pictures import Picture
from sparsefool.errors import StoreError
from sparsefool.experiments.paper.experiments import sample_grids
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.sample_grid import MAX_ITER, NUM_CANDIDATES
from sparsefool.zoo.loading import is_available, weights_sha256
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def points_of(rows: "pd.DataFrame", original: Picture, name_of: Callable[[int], str]) -> list[SweepPoint]:
    """Return the points that rows of :func:`sparsefool.experiments.sample_grid.pair_rows` describe.

    Args:
        rows: one for each pair of λ and δ.
        original: the picture that was attacked.
        name_of: returns the name of a class of the network.
    """
    points = []
    for row in rows.itertuples():
        adversarial = _changed(original, row.changed_at, row.changed_to, f"δ = {row.delta:g}")
        change = np.abs(adversarial.pixels.astype(int) - original.pixels)
        pixels = int((change > 0).any(axis=2).sum())
        points.append(
            SweepPoint(
                lambda_=float(row.lambda_),
                delta=float(row.delta),
                adversarial=adversarial,
                after=_seen(name_of, int(row.fooling_label_8bit), float(row.fooling_confidence)),
                success=bool(row.success_8bit),
                success_float32=bool(row.success),
                pixels=pixels,
                percent=100 * pixels / (original.height * original.width),
                max_change=float(change.max()),
                mean_change=float(change[change > 0].mean()) if pixels else 0.0,
                ssim=float(row.ssim),
                psnr=float(row.psnr),
                iterations=int(row.iterations),
            )
        )
    return points


def stored_sweep(request: SweepRequest, store: RecordStore | None = None) -> SweepReport | None:
    """Return the stored report of a request; None where nothing is stored for it, or the file is damaged.

    Stored are the grids of :func:`sparsefool.experiments.paper.experiments.sample_grids` on the sample
    pictures, with the usual limits.

    Args:
        request: what is asked for, on whatever device.
        store: where records are kept; the usual place if None.
    """
    spec, store = find_spec(request.model), store or RecordStore()
    usual = (request.max_iter, request.num_candidates) == (MAX_ITER, NUM_CANDIDATES)
    if not usual or spec.dataset != spec.gallery or not is_available(spec.name):
        return None
    for grid in sample_grids(spec.dataset, (spec.name,)):
        if (grid.lambdas, grid.deltas) == (request.lambdas, request.deltas):
            try:
                part = grid.part(spec.name)
                rows, tables = store.rows(part), store.tables(part)
            except StoreError:
                return None
            if rows.empty:
                return None
            rows = rows[rows["picture_sha256"] == request.picture_sha256]
            return None if rows.empty else _report(request, rows, str(tables[0].provenance["date"]))
    return None


def _report(request: SweepRequest, rows: "pd.DataFrame", date: str) -> SweepReport:
    name_of, first = find_spec(request.model).class_names.__getitem__, rows.iloc[0]
    return SweepReport(
        request=request,
        before=_seen(name_of, int(first["predicted"]), float(first["confidence"])),
        points=tuple(points_of(rows, request.picture, name_of)),
        weights_sha256=weights_sha256(request.model),
        device=str(first["device"]),
        forwards=int(first["boundary_forwards"] + rows["forwards"].sum()),
        backwards=int(first["boundary_backwards"] + rows["backwards"].sum()),
        seconds=float(rows["seconds"].sum()),
        date=date,
        stored=True,
    )


def _changed(original: Picture, changed_at: np.ndarray, changed_to: np.ndarray, name: str) -> Picture:
    """Return a picture with other levels at places that are counted in the order channel, row, column."""
    levels = original.pixels.transpose(2, 0, 1).copy()
    levels.reshape(-1)[changed_at] = changed_to
    return Picture(levels.transpose(1, 2, 0), f"{original.name}, {name}")


def _seen(name_of: Callable[[int], str], label: int, confidence: float) -> SeenClass:
    return SeenClass(label, name_of(label), confidence)
