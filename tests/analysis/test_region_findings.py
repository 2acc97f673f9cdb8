import math

import numpy as np
import pandas as pd
import pytest

from sparsefool.analysis.region_findings import ALL, contrasts_of, fooling_table, mean_maps, shares_of

LENET, VGG19 = "mnist/lenet", "cifar10/vgg19"
CAT, SHIP = 3, 8


def made_rows(label, n=20, model=VGG19, wobble=0.02, predicted=CAT, **others):
    """Return rows with this share inside the image's own map, and the other shares as given."""
    shares = {"fooling_share": 0.2, "elsewhere_share": 0.2, "centre_share": 0.2} | others
    columns = {"model": model, "success_8bit": True, "predicted": predicted, "image": range(n)}
    return pd.DataFrame(columns | {"label_share": label + np.linspace(-wobble, wobble, n)} | shares)


def verdicts(rows, kind=ALL):
    return {each.baseline: each.verdict for each in contrasts_of(rows) if each.kind == kind}


def test_a_share_is_compared_with_the_area_that_it_covers():
    assert verdicts(made_rows(0.5)) == {"area": True, "elsewhere": True, "centre": True}
    assert verdicts(made_rows(0.15))["area"] is False
    unclear = made_rows(0.186, wobble=0.1)
    (area,) = [each for each in contrasts_of(unclear) if (each.kind, each.baseline) == (ALL, "area")]
    assert area.gain.value == pytest.approx(0.186 - 0.2)
    assert area.gain.interval[0] < 0 < area.gain.interval[1]
    assert area.verdict is None, "less than 20 %, yet 20 % is within the interval"


def test_each_baseline_has_its_own_verdict():
    found = verdicts(made_rows(0.5, elsewhere_share=0.5, centre_share=0.7))
    assert found == {"area": True, "elsewhere": None, "centre": False}


def test_few_images_cannot_tell():
    assert set(verdicts(made_rows(0.9, n=9)).values()) == {None}


def test_only_fooled_images_with_a_map_count_and_for_elsewhere_only_those_with_another_map():
    rows = made_rows(0.5, n=22)
    rows.loc[0, "success_8bit"] = False
    rows.loc[1, "label_share"] = math.nan
    rows.loc[2, "elsewhere_share"] = math.nan
    assert {each.baseline: each.n for each in contrasts_of(rows) if each.kind == ALL} == {
        "area": 20,
        "elsewhere": 19,
        "centre": 20,
    }


def test_animals_and_vehicles_are_told_apart_by_what_the_network_sees():
    rows = pd.concat([made_rows(0.5), made_rows(0.2, n=12, predicted=SHIP)], ignore_index=True)
    counts = {each.kind: each.n for each in contrasts_of(rows)}
    assert counts == {ALL: 32, "animals": 20, "vehicles": 12}
    assert verdicts(rows, "animals")["elsewhere"] is True
    assert verdicts(rows, "vehicles")["elsewhere"] is None
    assert {each.kind for each in contrasts_of(made_rows(0.5, model=LENET))} == {ALL}


def test_the_shares_are_of_the_fooled_images():
    rows = made_rows(0.5)
    rows.loc[0, "success_8bit"] = False
    assert len(shares_of(rows)[VGG19].label) == 19


def fooled(pixels, image=0, label=3, fooling=5):
    return {
        "model": LENET,
        "image": image,
        "predicted": label,
        "fooling_label_8bit": fooling,
        "success_8bit": True,
        "pixels_8bit": len(pixels),
        "changed_at": np.array(pixels),
    }


def test_mean_maps_are_by_fooling_class_with_their_counts():
    rows = pd.DataFrame(
        [
            fooled([0, 1, 2], 7),
            fooled([0], 8),
            fooled([783], 9, fooling=8),
            fooled([4], 10, label=2),
        ]
    )
    first, second = mean_maps(rows, LENET, 3)
    assert (first.fooling_label, first.n, first.images) == (5, 2, (8, 7))
    assert first.rates[0, :4].tolist() == [1.0, 0.5, 0.5, 0.0]
    assert (second.fooling_label, second.n, second.rates[27, 27]) == (8, 1, 1.0)
    assert fooling_table(rows, LENET).to_numpy().sum() == 4
