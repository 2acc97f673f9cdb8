"""The paper's tables and figures, read from its text, which lies beside the project and not in it."""

import re
from functools import lru_cache

from tests.independent.rows import ROOT

PATH = ROOT.parent / "shared" / "paper.txt"
TABLE_1 = {"LeNet [25]": "mnist/lenet", "VGG-19": "cifar10/vgg19", "ResNet18 [17]": "cifar10/resnet18"}
TABLE_1_ATTACKS = ("SparseFool", "JSMA", "One-pixel attack")
IMAGENET = {
    "VGG-16": "imagenet/vgg16",
    "ResNet-101": "imagenet/resnet101",
    "DenseNet-161": "imagenet/densenet161",
    "Inception-v3": "imagenet/inception_v3",
}
TABLE_3 = {each.replace("-", ""): model for each, model in IMAGENET.items() if each != "Inception-v3"}


@lru_cache(maxsize=1)
def text() -> str:
    return PATH.read_text(encoding="utf-8")


def figures() -> dict[tuple[str, str, str], tuple[float | None, float | None, float | None]]:
    """Fooling rate and pixels in percent, and seconds, by place, network here and attack."""
    found = {}
    for line in text().splitlines():
        cells = line.split("\t")
        if len(cells) == 12 and cells[1] in TABLE_1:
            numbers = list(map(float, cells[3:]))
            for place, attack in enumerate(TABLE_1_ATTACKS):
                found["Table 1", TABLE_1[cells[1]], attack] = tuple(numbers[place::3])
        if len(cells) == 5 and cells[0] in IMAGENET:
            found["Table 2", IMAGENET[cells[0]], "SparseFool"] = tuple(map(float, cells[2:]))
    noise = re.search(r"fooling rates for the random algorithm were (.*?) respectively", text())[1]
    for model, rate in zip(IMAGENET.values(), re.findall(r"[\d.]+(?=%)", noise), strict=True):
        found["Section 4.2", model, "Random noise"] = float(rate), None, None
    robust = re.search(
        r"the average time dropped to ([\d.]+) sec.*?increased to ([\d.]+)%", text(), re.DOTALL
    )
    found["Section 4.2", "cifar10/resnet18-linf", "SparseFool"] = None, float(robust[2]), float(robust[1])
    free = re.search(r"almost (\d+)% of fooling rate by perturbing only ([\d.]+)% of the pixels", text())
    clipped = re.search(r"results in a fooling rate of merely (\d+)%", text())
    vgg16 = IMAGENET["VGG-16"]
    found["Section 2.2", vgg16, "ℓ1-DeepFool, unclipped"] = float(free[1]), float(free[2]), None
    found["Section 2.2", vgg16, "ℓ1-DeepFool, clipped at the end"] = float(clipped[1]), None, None
    return found


def transfer() -> dict[tuple[str, str], float]:
    """Table 3: fooling rates in percent, by source and target."""
    rows = [line.split("\t") for line in text().splitlines() if line.count("\t") == 3]
    targets = next(cells[1:] for cells in rows if cells[0] == "" and set(cells[1:]) == set(TABLE_3))
    return {
        (TABLE_3[cells[0]], TABLE_3[target]): float(rate.rstrip("%"))
        for cells in rows
        if cells[0] in TABLE_3
        for target, rate in zip(targets, cells[1:], strict=True)
    }
