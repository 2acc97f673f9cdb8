import pandas as pd

from sparsefool.analysis.paper.comparison import compare_with_paper
from sparsefool.store.tables import Table
from sparsefool.view.comparison.paper_chart import (
    compared_pixels,
    disagreements,
    paper_figure,
    paper_finding,
    stand_in_note,
)
from tests.analysis.paper.test_comparison import rows

LENET, LITE0, LITE1 = "mnist/lenet", "imagenet/efficientnet-lite0", "imagenet/efficientnet-lite1"


def compared():
    fooled = [True] * 6 + [False] * 2
    imagenet = [
        rows(LITE0, "SparseFool", 2, success=fooled).assign(iterations=[9] * 6 + [50] * 2),
        rows(LITE1, "SparseFool", 6, success=True),
        rows(LITE0, "ℓ1-DeepFool, unclipped", 1, success=fooled),
    ]
    return compare_with_paper(
        {
            "mnist": Table(rows(LENET, "SparseFool", 20), {}),
            "imagenet": Table(pd.concat(imagenet), {}),
        }
    )


def test_a_network_in_the_place_of_the_papers_stands_beside_each_of_them():
    drawn = compared_pixels(compared())
    assert [row.network for row in drawn] == ["LeNet", "EfficientNet-Lite0", "EfficientNet-Lite1"]
    paper, here = (trace for trace in paper_figure(drawn, 13, "#000000").data if trace.mode == "markers")
    assert list(zip(paper.y, paper.customdata, paper.x, strict=True)) == [
        (0, "LeNet", 1.66),
        *(
            (place, *each)
            for place in (1, 2)
            for each in [
                ("VGG-16", 0.18),
                ("ResNet-101", 0.23),
                ("DenseNet-161", 0.29),
                ("Inception-v3", 0.14),
            ]
        ),
    ]
    assert list(here.x) == [2.0, 0.2, 0.6]
    assert stand_in_note(drawn) == (
        "The paper's dots beside **EfficientNet-Lite0** and **EfficientNet-Lite1**, which it has not, are "
        "VGG-16, ResNet-101, DenseNet-161 and Inception-v3."
    )
    assert stand_in_note(drawn[:1]) == ""


def test_the_finding_counts_only_networks_that_the_paper_has():
    assert paper_finding(compared_pixels(compared())).startswith("**1 of 1 medians are within a factor")


def test_a_network_in_the_place_of_the_papers_is_far_from_them_if_it_is_far_from_each():
    lite0, clipping, lite1 = disagreements(compared())
    assert lite0 == (
        "**SparseFool on EfficientNet-Lite0:** 75 % fooled, where the paper has 100 %. 2 of 8 images took 50 "
        "iterations, the most that were taken (the mean is 19.2); the median is of the 6 that were fooled."
    )
    assert clipping.startswith("**ℓ1-DeepFool, unclipped on EfficientNet-Lite0:** 75 % fooled, where the")
    assert lite1 == (
        "**SparseFool on EfficientNet-Lite1:** 0.600 % of the pixels, where the paper has 0.14 to 0.29 %. "
        "The network is none of the paper's."
    )
