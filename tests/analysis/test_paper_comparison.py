import pandas as pd
import pytest

from sparsefool.analysis.paper_claims import check_claims
from sparsefool.analysis.paper_comparison import STAND_IN_ATTACKS, compare_with_paper, measured_in
from sparsefool.analysis.paper_figures import PAPER_FIGURES
from sparsefool.store.tables import Table


def rows(model, attack, pixels, success=True, seconds=1.0, forwards=10, n=8):
    return pd.DataFrame(
        {
            "model": model,
            "attack": attack,
            "success": success,
            "success_8bit": success,
            "pixels": [pixels] * n,
            "pixels_per_image": 1000,
            "iterations": 1,
            "forwards": forwards,
            "backwards": 5,
            "planes_behind": 0,
            "seconds": seconds,
        }
    )


def table(*parts, **settings):
    attack_runs = [
        {"model": model, "setting": {"title": title, "parameters": parameters}}
        for (model, title), parameters in settings.pop("parameters", {}).items()
    ]
    return Table(pd.concat(parts), {"description": {"contests": attack_runs}})


LENET = "mnist/lenet"


def line(found, model, attack):
    return next(each for each in found if each.paper and (each.paper.model, each.attack) == (model, attack))


@pytest.mark.parametrize("behind", [0, 2])
def test_planes_behind_the_iterate_are_told_with_the_median_of_the_other_images(behind):
    vgg19 = "cifar10/vgg19", "SparseFool"
    bent, straight = rows(*vgg19, 90).assign(planes_behind=behind), rows(*vgg19, 9, n=6)
    remark = line(compare_with_paper({"cifar10": table(bent, straight)}), *vgg19).remark
    assert ("On 8 of 14 images" in remark) == ("median is 0.9 %" in remark) == (behind > 0)


def test_every_figure_of_the_paper_has_a_line_even_if_nothing_is_measured(monkeypatch):
    monkeypatch.setattr("sparsefool.analysis.paper_comparison.is_available", lambda _: False)
    found = compare_with_paper({})
    assert len(found) == len(PAPER_FIGURES) + len(STAND_IN_ATTACKS)
    assert all(each.here is None and each.remark.startswith("Not measured yet") for each in found)
    assert "train cifar10/vgg19`, then `python -m" in line(found, "cifar10/vgg19", "JSMA").remark
    assert "528 MB" in line(found, "imagenet/vgg16", "SparseFool").remark


def test_remarks_follow_from_the_interval():
    measured = table(
        rows(LENET, "SparseFool", 16.6),
        rows(LENET, "JSMA", 200, success=[True] * 4 + [False] * 4),
        parameters={(LENET, "SparseFool"): [["lambda_", 1.0]]},
    )
    found = compare_with_paper({"mnist": measured})
    ours, jsma = line(found, LENET, "SparseFool"), line(found, LENET, "JSMA")
    assert ours.parameters == "λ = 1"
    assert "Pixels: the paper's lies within" in ours.remark
    assert "Fooling rate: lower here" in jsma.remark
    assert "Pixels: higher here" in jsma.remark


def test_a_search_that_was_cut_short_is_said_to_be():
    one_pixel = rows(LENET, "One-pixel attack", 30, success=[True] * 2 + [False] * 6)
    parameters = {(LENET, "One-pixel attack"): [["max_pixels", 50]]}
    found = compare_with_paper({"mnist": table(one_pixel, parameters=parameters)})
    assert "ended at 50 pixels; 6 of 8 images" in line(found, LENET, "One-pixel attack").remark


def claims(*parts):
    found = check_claims(measured_in({"any": table(*parts)}))
    return {each.text.split(" than")[0]: each for each in found}


def test_claims_that_hold_and_claims_that_do_not():
    found = claims(
        rows(LENET, "SparseFool", 10, seconds=2.0),
        rows(LENET, "JSMA", 25, seconds=1.0),
        rows(LENET, "Random noise", 10, success=False),
        rows(LENET, "One-pixel attack", 5, forwards=5000),
    )
    more, longer = found["JSMA changes more pixels"], found["JSMA takes longer"]
    assert (more.holds, more.here, more.paper) == (True, "2.5 times", "2.9 times")
    assert not longer.holds
    assert "10 + 5 passes" in longer.here
    assert found["Random noise of the same size fools far less often"].holds
    assert not found["The one-pixel attack changes more pixels"].holds
    assert found["The one-pixel attack needs at least 100 times as many forwards"].holds


def test_seconds_of_a_busy_machine_decide_nothing():
    measured = measured_in({"mnist": table(rows(LENET, "SparseFool", 10), rows(LENET, "JSMA", 25))})
    verdicts = {claim.text: claim.holds for claim in check_claims(measured, busy={"mnist"})}
    assert verdicts == {
        "JSMA changes more pixels than SparseFool": True,
        "JSMA takes longer than SparseFool": None,
    }


def test_seconds_of_two_devices_decide_nothing_and_the_devices_are_named():
    here, there = rows(LENET, "SparseFool", 10), rows(LENET, "JSMA", 25)
    one = table(here.assign(device="a CPU"), there.assign(device="a CPU"))
    two = table(here.assign(device="a CPU"), there.assign(device="a GPU"))
    one.provenance["devices"], two.provenance["devices"] = ["a CPU"], ["a CPU", "a GPU"]
    for measured, holds, named in ((one, False, False), (two, None, True)):
        claim = next(each for each in check_claims(measured_in({"mnist": measured})) if "longer" in each.text)
        assert claim.holds is holds
        jsma = line(compare_with_paper({"mnist": measured}), LENET, "JSMA")
        assert ("Measured on a GPU." in jsma.remark) is named


@pytest.mark.parametrize(("fooled", "holds"), [(1, True), (8, False)])
def test_the_clipping_claim_needs_both_forms(fooled, holds):
    model, success = "imagenet/efficientnet-lite0", [True] * fooled + [False] * (8 - fooled)
    free = rows(model, "ℓ1-DeepFool, unclipped", 1)
    assert claims(free) == {}
    found = claims(free, rows(model, "ℓ1-DeepFool, clipped at the end", 1, success=success))
    (claim,) = found.values()
    assert claim.holds == holds
    assert "13 %" in claim.paper


def test_the_adversarially_trained_network_is_compared_with_the_ordinary_one():
    found = claims(
        rows("cifar10/resnet18", "SparseFool", 10), rows("cifar10/resnet18-linf", "SparseFool", 21)
    )
    (claim,) = found.values()
    assert (claim.here, claim.paper, claim.holds) == ("2.1 times", "1.9 times", True)


def test_where_nothing_was_fooled_no_claim_fails_on_it():
    found = claims(rows(LENET, "SparseFool", 10, success=False), rows(LENET, "JSMA", 9, success=False))
    assert not found["JSMA changes more pixels"].holds
