import pandas as pd
import pytest

from sparsefool.analysis.paper.comparison import STAND_IN_ATTACKS, compare_with_paper
from sparsefool.analysis.paper.figures import PAPER_FIGURES
from sparsefool.store.tables import Table


def rows(model, attack, pixels, success=True, seconds=1.0, forwards=10, n=8):
    return pd.DataFrame(
        {
            "model": model,
            "attack": attack,
            "success": success,
            "success_8bit": success,
            "image": range(n),
            "batch": 1,
            "pixels": [pixels] * n,
            "pixels_8bit": [pixels] * n,
            "features": [pixels] * n,
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
        {"model": model, "name": name, "parameters": parameters}
        for (model, name), parameters in settings.pop("parameters", {}).items()
    ]
    return Table(pd.concat(parts), {"description": {"runs": attack_runs}})


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
    monkeypatch.setattr("sparsefool.analysis.paper.comparison.is_available", lambda _: False)
    found = compare_with_paper({})
    assert len(found) == len(PAPER_FIGURES) + len(STAND_IN_ATTACKS)
    assert all(each.here is None and each.remark.startswith("Not measured yet") for each in found)
    assert "train cifar10/vgg19`, then `python -m" in line(found, "cifar10/vgg19", "JSMA").remark
    assert "528 MB" in line(found, "imagenet/vgg16", "SparseFool").remark


def test_remarks_follow_from_the_interval():
    measured = table(
        rows(LENET, "SparseFool", 16.6),
        rows(LENET, "JSMA", 200, success=[True] * 6 + [False] * 2),
        parameters={(LENET, "SparseFool"): {"lambda_": 1.0}},
    )
    found = compare_with_paper({"mnist": measured})
    ours, jsma = line(found, LENET, "SparseFool"), line(found, LENET, "JSMA")
    assert ours.parameters == "λ = 1"
    assert "Pixels: the paper's lies within" in ours.remark
    assert "Fooling rate: lower here" in jsma.remark
    assert "Pixels: higher here" in jsma.remark


def test_a_search_that_was_cut_short_is_said_to_be():
    one_pixel = rows(LENET, "One-pixel attack", 30, success=[True] * 2 + [False] * 6)
    parameters = {(LENET, "One-pixel attack"): {"max_pixels": 50}}
    found = compare_with_paper({"mnist": table(one_pixel, parameters=parameters)})
    assert "ended at 50 pixels; 6 of 8 images" in line(found, LENET, "One-pixel attack").remark


def test_too_few_images_are_not_compared():
    few = table(rows(LENET, "SparseFool", 200, n=5))
    assert (
        "Pixels: too few images to compare."
        in line(compare_with_paper({"mnist": few}), LENET, "SparseFool").remark
    )


def test_the_stand_in_has_the_papers_noise_rates_beside_it():
    found = compare_with_paper({"imagenet": table(rows("imagenet/efficientnet-lite0", "Random noise", 9))})
    (noise,) = (each for each in found if not each.paper and each.attack == "Random noise")
    for rate in ("VGG-16 18.2 %", "ResNet-101 13.2 %", "DenseNet-161 14.5 %", "Inception-v3 9.6 %"):
        assert rate in noise.remark
