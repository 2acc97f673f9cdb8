"""The page Regions, many images: shares, contrasts, overlaps and classes, computed again from the rows."""

import math
import re
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from tests.independent import figures, rows
from tests.independent.rows import ANIMALS, DATASETS, NETWORKS, OTHERS
from tests.independent.shown import (
    agrees,
    bars_agree,
    charts,
    numbers,
    regions_classes,
    regions_findings,
    sentences,
    words,
)

STORED = [name for name in DATASETS if rows.regions(name)]
PARTS = ("label_share", "fooling_share", "elsewhere_share", "centre_share")
BASELINES = {
    "area_share": "the 20 % of the image that it covers",
    "elsewhere_share": "the map of another image",
    "centre_share": "the centred disc",
}
_CONTRAST = re.compile(r"([+−]?[\d.]+) points \((?:95 %: ([+−]?[\d.]+) to ([+−]?[\d.]+), )?n = ([\d,]+)\)")
_VERDICT = re.compile(r"\*\*(holds|does not hold|cannot be told with n = [\d,]+)\*\*")
VERDICTS = {"holds": True, "does not hold": False}


def datasets(test):
    return pytest.mark.parametrize("name", STORED)(test)


@cache
def fooled(name):
    """The rows of the images that fooled each network in 8 bits."""
    return {
        model: own[own["fooling_label_8bit"] != own["predicted"]].assign(area_share=0.2)
        for model, own in rows.regions(name).items()
    }


def kinds(name, own):
    """The images of all classes, and those of animals and of the others."""
    found = {"all images": own}
    if name in ANIMALS:
        animal = own["predicted"].isin(ANIMALS[name])
        found |= {"animals": own[animal], OTHERS[name]: own[~animal]}
    return found


@cache
def gains(name):
    """The share in an image's own map minus each baseline's, by network, kind of images and baseline."""
    found = {}
    for model, own in fooled(name).items():
        for kind, part in kinds(name, own).items():
            for baseline in BASELINES:
                gain = (part["label_share"] - part[baseline]).dropna()
                if len(gain):
                    found[model, kind, baseline] = figures.mean(gain), len(gain)
    return found


@datasets
def test_the_shares(name):
    chart, own = charts(regions_findings(name))[1], fooled(name)
    for part, drawn in zip(PARTS, chart["data"], strict=True):
        known = [each[part].dropna() for each in own.values()]
        assert bars_agree(drawn, [figures.mean(each).times(100) for each in known])
        assert drawn["customdata"] == [f"{len(each)} images" for each in known]
    for model, each in own.items():
        start = f"{NETWORKS[model]} ({len(each):,} image{'' if len(each) == 1 else 's'}): "
        (sentence,) = (line for line in sentences(regions_findings(name)) if line.startswith(start))
        clauses = sentence.removeprefix(start).rpartition("; in each")[0].split(", ")
        for part, clause in zip([part for part in PARTS if each[part].notna().any()], clauses, strict=True):
            told = clause.partition(" in ")[0].replace("95 %: ", "").partition(" of the perturbed")[0]
            told, _, missing = told.partition("; ")
            assert agrees(told.rstrip(")"), figures.mean(each[part].dropna()).times(100)), (clause, part)
            if each[part].isna().any():
                assert numbers(missing or told)[0][0] == each[part].notna().sum()


@datasets
def test_the_contrasts(name):
    chart, own = charts(regions_findings(name))[0], gains(name)
    labels = list(dict.fromkeys(key[:2] for key in own))
    for baseline, drawn in zip(BASELINES, chart["data"], strict=True):
        nothing = figures.exact(math.nan)
        assert bars_agree(
            drawn, [own.get((*label, baseline), (nothing, 0))[0].times(100) for label in labels]
        )
    titles = [label.partition(", n = ")[0].split("<br>") for label in chart["layout"]["yaxis"]["ticktext"]]
    assert titles == [[NETWORKS[model], kind] for model, kind in labels]


@datasets
def test_the_sentences_on_contrasts(name):
    said, own, checked = sentences(regions_findings(name)), gains(name), 0
    for baseline, title in BASELINES.items():
        (line,) = (each for each in said if each.startswith(f"More than {title}: "))
        told = [
            own[model, kind, baseline]
            for model, kind, each in own
            if (kind, each) == ("all images", baseline)
        ]
        checked += _check_contrasts(line, told)
    if name in ANIMALS:
        for model in fooled(name):
            told = [
                own[key]
                for key in own
                if key[0] == model and key[1] != "all images" and key[2] == "elsewhere_share"
            ]
            start = f"{NETWORKS[model]}: animals "
            (line,) = (each for each in said if each.startswith(start)) if told else ("",)
            checked += _check_contrasts(line, told)
    assert checked
    concentrated = {True: [], False: [], None: []}
    for model in fooled(name):
        two = [own[model, "all images", each][0].sides_of(0) for each in ("area_share", "elsewhere_share")]
        if all(len(each) == 1 for each in two):
            verdicts = [next(iter(each)) for each in two]
            concentrated[_both(verdicts)].append(NETWORKS[model])
    finding = next(line for line in words(regions_findings(name)).splitlines() if "than chance gives" in line)
    for verdict, told in ((True, "holds for"), (False, "does not hold for"), (None, "cannot be told for")):
        clause = next(
            (
                each
                for each in finding.split(": this ")[-1].partition(". ")[0].split("; ")
                if each.startswith(told)
            ),
            "",
        )
        assert all(title in clause for title in concentrated[verdict]), finding


@datasets
def test_the_overlaps(name):
    own, expected = fooled(name), {}
    for pair in combinations(own, 2):
        common = own[pair[0]].index.intersection(own[pair[1]].index)
        if len(common):
            both = [rows.masks(own[model].loc[common], model) for model in pair]
            expected[pair] = len(common), figures.overlaps(*both)
    if not expected:
        assert len(charts(regions_findings(name))) == 2
        return
    chart, said = charts(regions_findings(name))[2], sentences(regions_findings(name))
    found = list(expected.values())
    assert bars_agree(chart["data"][0], [shared.times(100) for _, (shared, *_) in found])
    assert chart["data"][1]["x"] == pytest.approx([100 * habit for _, (_, _, habit, _) in found])
    assert chart["data"][2]["x"] == pytest.approx([100 * random for _, (_, random, _, _) in found])
    for pair, (n, (shared, random, habit, beyond)) in expected.items():
        start = f"{' and '.join(map(NETWORKS.get, pair))} share "
        (line,) = (each for each in said if each.startswith(start))
        told, _, rest = line.removeprefix(start).replace("95 %: ", "").partition(", ")
        assert agrees(told.replace(" % of their pixels", ""), shared.times(100)), line
        by_habit, _, because = rest.partition(" % by habit of place and ")
        assert by_habit == f"{100 * habit:.2f}"
        gain, _, verdict = because.partition(" because of the image")
        assert agrees(gain.replace(" points", ""), beyond.times(100)), line
        assert _verdict(verdict, n) in _verdicts(beyond)
        assert f"(random places: {100 * random:.2f} %; {n:,} images that fool both)" in verdict


@datasets
def test_which_class_becomes_which(name):
    model = next(iter(fooled(name)))
    own = fooled(name)[model]
    counts = own.groupby(["predicted", "fooling_label_8bit"]).size().unstack(fill_value=0)
    table = regions_classes(name).dataframe[0].value
    assert table.to_numpy().tolist() == counts.to_numpy().tolist()
    assert table.to_numpy().sum() == len(own)


@datasets
def test_how_many_rows_there_are(name):
    total = sum(map(len, rows.regions(name).values()))
    assert f" · {total:,} rows · " in words(regions_classes(name))


@datasets
def test_the_stored_shares_are_counts_of_the_changed_pixels(name):
    for model, own in rows.regions(name).items():
        changed, (height, width) = rows.masks(own, model), rows.sides(model)
        for part in PARTS:
            pixels = (own[part] * changed.sum(1)).dropna()
            assert np.allclose(pixels, pixels.round(), atol=1e-6)
        y, x = np.mgrid[:height, :width]
        distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2).ravel()
        radius = np.sort(distance)[round(0.2 * len(distance)) - 1]
        inside = own["centre_share"] * changed.sum(1)
        known = inside.notna()
        assert (inside[known] >= (changed & (distance < radius - 1e-9)).sum(1)[known] - 1e-6).all()
        assert (inside[known] <= (changed & (distance < radius + 1e-9)).sum(1)[known] + 1e-6).all()


def _check_contrasts(line, told):
    found, verdicts = _CONTRAST.findall(line), _VERDICT.findall(line)
    assert len(found) == len(verdicts) == len(told)
    for (value, low, high, n), verdict, (figure, images) in zip(found, verdicts, told, strict=True):
        assert int(n.replace(",", "")) == images
        assert agrees(f"{value} {low} {high}", figure.times(100)), line
        assert VERDICTS.get(verdict) in _verdicts(figure), line
    return len(found)


def _verdicts(figure):
    """Whether a mean is above zero, which it is not if its interval ends at zero at most."""
    return figure.sides_of(0) if figure.has_interval else {None}


def _verdict(text, n):
    word = _VERDICT.search(text)[1]
    assert word in VERDICTS or numbers(word)[0][0] == n
    return VERDICTS.get(word)


def _both(verdicts):
    return False if False in verdicts else None if None in verdicts else True
