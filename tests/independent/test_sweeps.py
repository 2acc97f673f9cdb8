"""The page Perceptibility, many pictures: its sentences, numbers and curves, computed again from the rows."""

import math
from functools import cache

import numpy as np
import pytest

from sparsefool.data.samples import load_samples
from tests.independent import figures, rows
from tests.independent.rows import DATASETS, NETWORKS
from tests.independent.shown import agrees, charts, page, sentences, within, words

OVER = {"delta": "δ (Figure 6)", "lambda_": "λ (Figure 4)"}
STORED = [(name, axis) for name in DATASETS for axis in OVER if rows.sweep(name, axis)]
COLUMNS = {
    "pixels, %: over the fooled": "percent",
    "over all": "percent_of_all",
    "iterations": "iterations",
    "forwards": "forwards",
    "backwards": "backwards",
    "seconds": "seconds",
}
PANELS = ("percent", "percent_of_all", "rate", "iterations")


def opened(name, axis):
    return page("perceptibility", ("data", DATASETS[name]), ("show", "Many pictures"), ("over", OVER[axis]))


@cache
def points(name, axis):
    """What was done to the images at each value, by network."""
    found = {}
    for (model, value), own in rows.sweep(name, axis).items():
        found.setdefault(model, {})[value] = figures.attacked(own)
    return found


def sweeps(test):
    return pytest.mark.parametrize(("name", "axis"), STORED)(test)


@sweeps
def test_all_numbers(name, axis):
    expected = {
        (NETWORKS[model], f"{value:g}"): each
        for model, own in points(name, axis).items()
        for value, each in own.items()
    }
    lines = opened(name, axis).dataframe[0].value.to_dict("records")
    assert len(lines) == len(expected)
    for line in lines:
        own = expected[line["network"], line["δ" if axis == "delta" else "λ"]]
        assert line["fooled"] == f"{own.fooled} of {own.n}"
        assert agrees(line["rate, %"], own.rate.times(100)), line
        for column, measure in COLUMNS.items():
            assert agrees(line[column], getattr(own, measure)), (column, line, getattr(own, measure))


@sweeps
def test_the_curves(name, axis):
    (chart,) = charts(opened(name, axis))
    drawn = [each for each in chart["data"] if each.get("text")]
    expected = [(own, measure) for own in points(name, axis).values() for measure in PANELS]
    assert len(drawn) == 2 * len(expected)
    for (own, measure), line, marks in zip(expected, drawn[::2], drawn[1::2], strict=True):
        on_line = [_on_line(each, measure) for each in own.values()]
        values = [getattr(each, measure).value for each in own.values()]
        assert line["x"] == marks["x"] == list(own)
        for on, value, one, other in zip(on_line, values, line["y"], marks["y"], strict=True):
            shown, hidden = (one, other) if on else (other, one)
            assert hidden is None
            if math.isinf(value):
                assert shown > max(each for each in values if math.isfinite(each))
            else:
                assert (shown is None and math.isnan(value)) or within(shown, (value, value))


@sweeps
def test_the_sentences(name, axis):
    said = sentences(opened(name, axis))
    for model, own in points(name, axis).items():
        network, symbol = NETWORKS[model], "δ" if axis == "delta" else "λ"
        flat = {value: each for value, each in own.items() if axis == "lambda_" or value >= 25}
        first, last = flat[min(flat)], flat[max(flat)]
        start = f"**{network}**, {symbol} = {min(flat):g} → {max(flat):g}. "
        (sentence,) = (each for each in said if each.startswith(start))
        fooled, *medians = sentence.removeprefix(start).rstrip(".").split("; ")
        assert _told(fooled.removeprefix("Fooled: "), [_fooled(first), _fooled(last)])
        for clause in medians:
            what, _, ends = clause.rpartition(": ")
            measures = {"iterations": "iterations", "over all images": "percent_of_all"}
            own_ends = [getattr(each, measures.get(what, "percent")) for each in (first, last)]
            parts = ends.split(" → ")
            assert all(map(agrees, parts, own_ends)), (clause, own_ends)
            assert len(parts) == 2 or agrees(ends, own_ends[1])
            if "as over the fooled" in what:
                assert all(
                    agrees(part, each.percent_of_all)
                    for part, each in zip(parts, (first, last), strict=False)
                )
        few = [f"{value:g}" for value, each in own.items() if each.fooled and not each.comparable]
        never = [f"{value:g}" for value, each in own.items() if not each.fooled]
        assert _lists(said, f"{network}: too few images are fooled to compare medians at {symbol} = ") == few
        assert _lists(said, f"{network}: no image is fooled at {symbol} = ") == never


@pytest.mark.parametrize("name", [name for name, axis in STORED if axis == "delta"])
def test_how_many_values_stopped_at_delta_and_that_none_went_beyond(name):
    shown = opened(name, "delta")
    limited, outside = {}, 0
    for (model, delta), own in rows.sweep(name, "delta").items():
        changes = _changes(model, own)
        outside += sum(bool(len(each)) and each.max() > delta for each in changes)
        outside += int((own["max_change"] > delta + 1e-3).sum())
        fooled = (own["fooling_label"] != own["predicted"]).to_numpy()
        moved = np.concatenate([each for each, counts in zip(changes, fooled, strict=True) if counts] or [[]])
        if len(moved) and delta >= 25:
            limited.setdefault(model, {})[delta] = (moved > delta - 1).mean()
    for model, shares in limited.items():
        told = ", ".join(f"{100 * share:.0f} % (δ = {delta:g})" for delta, share in shares.items())
        start = (
            f"{NETWORKS[model]}: share of the changed values that δ itself limited, of the fooled images: "
        )
        assert f"{start}{told}. " in words(shown)
    total = sum(map(len, rows.sweep(name, "delta").values()))
    assert (f"No value left its δ box: checked on all {total:,} stored images" in words(shown)) == (
        not outside
    )
    assert bool(shown.error) == bool(outside)


def _changes(model, own):
    """By how many levels each changed value of each image moved."""
    originals = load_samples(rows.dataset(model), rows.sides(model)).images.flatten(1)
    return [
        np.abs((255 * originals[image]).round().numpy()[places] - levels.astype(float))
        for image, places, levels in zip(own["image"], own["changed_at"], own["changed_to"], strict=True)
    ]


def _on_line(point, measure):
    if measure == "percent":
        return point.comparable
    return measure != "percent_of_all" or math.isfinite(point.percent_of_all.value)


def _fooled(point):
    return point.fooled, point.n, point.rate.times(100)


def _told(text, ends):
    parts = text.split(" → ")
    if len(parts) == 1:
        parts *= 2
    for part, (fooled, n, rate) in zip(parts, ends, strict=True):
        counts, _, told = part.partition(", ")
        if counts != f"{fooled} of {n}" or not agrees(told, rate):
            return False
    return True


def _lists(said, start):
    found = [each.removeprefix(start) for each in said if each.startswith(start)]
    return found[0].rstrip(".").removesuffix(", so there is no median").split(", ") if found else []
