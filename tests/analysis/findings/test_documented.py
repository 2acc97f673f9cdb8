"""The table of docs/annotations.md says what is stored."""

import pytest

from sparsefool import paths
from sparsefool.analysis.findings.parts import PART_FINDINGS

NAMES = {
    "cifar10/resnet18": "ResNet-18, n",
    "cifar10/vgg19": "VGG-19, n",
    "cifar10/resnet18-linf": "ResNet-18, adversarially trained",
    "imagenet/efficientnet-lite0": "EfficientNet-Lite0, ImageNet",
    "imagenet/efficientnet-lite1": "EfficientNet-Lite1, ImageNet",
    "imagenet/efficientnet-lite2": "EfficientNet-Lite2, ImageNet",
}


@pytest.mark.parametrize("model", NAMES)
def test_the_documented_heads_are_the_stored_ones(model):
    (found,) = [
        each.found
        for each in PART_FINDINGS.read(model.partition("/")[0])
        if (each.model, each.setting, each.kind, each.weighted, each.found.part)
        == (model, "lambda-3", "animals", False, "head")
    ]
    text = (paths.ROOT / "docs" / "annotations.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {NAMES[model]}")]
    low, high = found.of_object.interval
    p = [f"p = {each.p:.2g}" for each in (found.random, found.others, found.centre)]
    assert f"n = {found.n} " in line
    assert [cell.strip() for cell in line.split("|")[2:-1]] == [
        f"{100 * found.share:.1f} %",
        f"{100 * found.area:.1f} %",
        f"{found.of_object.value:.2f} ({low:.2f} to {high:.2f})",
        *p,
    ]
