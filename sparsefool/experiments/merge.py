"""Merging comparisons that were measured one after the other into one table."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sparsefool.experiments.attack_settings import find_attack
from sparsefool.experiments.experiment import identity_of
from sparsefool.store.tables import Table

Pair = tuple[str, str]


def merge_comparisons(earlier: Table, later: Table, order: Sequence[Pair] = ()) -> Table:
    """Return a comparison with the runs of both tables.

    Where both have a run, the later rows stay. Left out are earlier rows with another seed or of a network
    with other weights, and those of an attack that is sized by one that was measured again.

    Args:
        earlier, later: of :class:`sparsefool.experiments.comparison.Comparison`.
        order: the networks and titles of attacks in the order of the merged table; others follow.
    """
    old, new = earlier.provenance, later.provenance
    fresh = _attack_runs(new)
    kept = {
        pair: run
        for pair, run in _attack_runs(old).items()
        if pair not in fresh and _same_origin(old, new, pair[0]) and not _outdated(run, fresh)
    }
    if not kept:
        return later
    ranks = {pair: rank for rank, pair in enumerate(order)}
    pairs = sorted({**kept, **fresh}, key=lambda pair: ranks.get(pair, len(ranks)))
    sources = {**dict.fromkeys(kept, _with_device(earlier)), **dict.fromkeys(fresh, _with_device(later))}
    rows = pd.concat([_of(sources[pair], pair) for pair in pairs], ignore_index=True)
    spent = sum(float(_of(earlier.rows, pair)["seconds"].sum()) for pair in kept)
    description = {**new["description"], "contests": [{**kept, **fresh}[pair] for pair in pairs]}
    known = {**old["weights_sha256"], **new["weights_sha256"]}
    weights = {model: known[model] for model, _ in pairs}
    provenance = {
        **new,
        "identity": identity_of(new["experiment"], description, weights),
        "description": description,
        "weights_sha256": weights,
        "devices": sorted({*old["devices"], *new["devices"]}),
        "versions": [*old["versions"], *(each for each in new["versions"] if each not in old["versions"])],
        "first_date": min(old["first_date"], new["first_date"]),
        "date": max(old["date"], new["date"]),
        "seconds": round(spent + new["seconds"], 1),
        "load_per_core": max(
            (load for load in (old.get("load_per_core"), new.get("load_per_core")) if load is not None),
            default=None,
        ),
    }
    return Table(rows, provenance)


def _attack_runs(provenance: Mapping[str, Any]) -> dict[Pair, Any]:
    runs = provenance["description"]["contests"]
    return {(run["model"], run["setting"]["title"]): run for run in runs}


def _same_origin(old: Mapping[str, Any], new: Mapping[str, Any], model: str) -> bool:
    """Return whether a network has the same weights and seed in both, so that its rows may be merged."""
    weights: str = old["weights_sha256"][model]
    same_weights: bool = new["weights_sha256"].get(model, weights) == weights
    same_seed: bool = old["description"]["seed"] == new["description"]["seed"]
    return same_weights and same_seed


def _outdated(run: Mapping[str, Any], fresh: Mapping[Pair, Any]) -> bool:
    """Return whether a run took its size from an attack on a network where that was measured again."""
    sized_by = find_attack(run["setting"]["attack"]).sized_by
    again = {each["model"] for each in fresh.values() if each["setting"]["attack"] == sized_by}
    return run["model"] in again


def _of(rows: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    return rows[(rows["model"] == pair[0]) & (rows["attack"] == pair[1])]


def _with_device(table: Table) -> pd.DataFrame:
    """Return the rows with the device of each; older tables have one for all rows, in their provenance."""
    if "device" in table.rows:
        return table.rows
    return table.rows.assign(device="; ".join(table.provenance["devices"]))
