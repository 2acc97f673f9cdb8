"""The rows that come with the project, read with pandas and pyarrow alone, by what their provenance says.

Nothing of the package is used here: what is shown of an attack is found by network, attack and arguments.
"""

import json
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "assets" / "results"

NETWORKS = {
    "mnist/lenet": "LeNet",
    "cifar10/resnet18": "ResNet-18",
    "cifar10/vgg19": "VGG-19",
    "cifar10/resnet18-linf": "ResNet-18, adversarially trained",
    "imagenet/efficientnet-lite0": "EfficientNet-Lite0",
    "imagenet/efficientnet-lite1": "EfficientNet-Lite1",
    "imagenet/efficientnet-lite2": "EfficientNet-Lite2",
}
"""The networks with their titles, in the order of the pages."""

DATASETS = {"mnist": "MNIST", "cifar10": "CIFAR-10", "imagenet": "ImageNet"}
LAMBDA = {"mnist": 1.0, "cifar10": 3.0, "imagenet": 3.0}
"""λ of Table 1; of Table 2, for which the paper names none, 3."""

TESTED = {"mnist": 1000, "cifar10": 1000, "imagenet": 20}
SWEPT = {"mnist": 200, "cifar10": 200, "imagenet": 20}
"""Test images of the experiments, and of the sweeps."""

LAMBDAS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
DELTAS = {
    "mnist": (1.0, 2.0, 4.0, 8.0, 10.0, 16.0, 25.0, 50.0, 100.0, 255.0),
    "cifar10": (1.0, 2.0, 4.0, 8.0, 10.0, 16.0, 25.0, 50.0, 100.0, 255.0),
    "imagenet": (10.0, 25.0, 50.0, 100.0, 255.0),
}
"""λ of Figure 4, and δ of Figure 6."""

ANIMALS = {"cifar10": range(2, 8), "imagenet": range(398)}
"""Classes of animals; the others are vehicles in CIFAR-10 and things in ImageNet."""

OTHERS = {"cifar10": "vehicles", "imagenet": "things"}

PHOTOGRAPHS = "imagenet-validation-200"
"""The set of photographs that was measured beside the samples of ImageNet."""

COMPARED = {
    "SparseFool": ("sparsefool", {}, 1000),
    "SparseFool, sparsest": ("sparsest", {"count": "pixels"}, 500),
    "SparseFool, sparsest in features": ("sparsest", {"count": "features"}, 200),
    "Random noise": ("random_pixels", {}, 1000),
    "JSMA": ("jsma", {}, 200),
    "ℓ1-DeepFool, unclipped": ("l1_deepfool", {"clipping": "none"}, 200),
    "ℓ1-DeepFool, clipped at the end": ("l1_deepfool", {"clipping": "end"}, 200),
    "ℓ1-DeepFool, clipped inside": ("l1_deepfool", {"clipping": "loop"}, 200),
    "σ-zero, 300 steps": ("sigma_zero", {"max_iter": 300}, 500),
    "FMN-ℓ0, 100 steps": ("fmn_l0", {"max_iter": 100}, 500),
    "One-pixel attack": ("one_pixel", {}, 20),
}
"""The attacks of the comparisons by title: their names, what tells them apart, and their test images."""


class Record:
    """The rows of one file, with what was measured, on what and when."""

    def __init__(self, path: Path) -> None:
        table = pq.read_table(path)
        self.name = path.stem
        self.provenance = json.loads(table.schema.metadata[b"sparsefool"])["provenance"]
        self.described = self.provenance["record"]
        self.rows = table.to_pandas().set_index("image", drop=False)


@lru_cache(maxsize=1)
def records(folder: Path = FOLDER) -> tuple[Record, ...]:
    return tuple(map(Record, sorted(folder.glob("*.parquet"))))


def dataset(model: str) -> str:
    return model.partition("/")[0]


def networks(name: str) -> list[str]:
    """The networks of a data set."""
    return [model for model in NETWORKS if dataset(model) == name]


def arguments(model: str, title: str) -> dict:
    """What tells an attack of a comparison apart."""
    attack, given, _ = COMPARED[title]
    return {"lambda_": LAMBDA[dataset(model)], "delta": 255.0} if attack == "sparsefool" else given


def find_attack(model: str, attack: str, images: int, pictures: str = "", **given) -> Record | None:
    """The record of an attack that has the rows of so many test images, or of a set of pictures, if any."""
    found = [
        each
        for each in records()
        if _is_attack(each.described, model, attack, given, pictures) and len(each.rows) >= images
    ]
    assert len(found) < 2, [each.name for each in found]
    return found[0] if found else None


def compared(model: str, title: str) -> Record | None:
    """The record of an attack of a comparison, by its title."""
    attack, _, most = COMPARED[title]
    return find_attack(model, attack, min(most, TESTED[dataset(model)]), **arguments(model, title))


def attack_rows(model: str, title: str) -> pd.DataFrame | None:
    """The rows of an attack of a comparison, by image."""
    record = compared(model, title)
    if record is None or (title == "Random noise" and compared(model, "SparseFool") is None):
        return None
    return record.rows.iloc[: min(COMPARED[title][2], TESTED[dataset(model)])]


def on_photographs(model: str, title: str, **given) -> pd.DataFrame | None:
    """The rows of an attack of a comparison on the photographs, perhaps with other arguments."""
    attack = COMPARED[title][0]
    record = find_attack(model, attack, 1, PHOTOGRAPHS, **{**arguments(model, title), **given})
    return None if record is None else record.rows


@cache
def comparison(name: str) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of a data set's comparison, by network and title."""
    rows = {(model, title): attack_rows(model, title) for model in networks(name) for title in COMPARED}
    return {key: each for key, each in rows.items() if each is not None}


@cache
def sweep(name: str, axis: str) -> dict[tuple[str, float], pd.DataFrame]:
    """The rows of a data set's sweep over ``"lambda_"`` or ``"delta"``, by network and value."""
    values = LAMBDAS if axis == "lambda_" else DELTAS[name]
    fixed = {"delta": 255.0} if axis == "lambda_" else {"lambda_": LAMBDA[name]}
    found = {}
    for model in networks(name):
        own = {
            (model, value): find_attack(model, "sparsefool", SWEPT[name], **{**fixed, axis: value})
            for value in values
        }
        if all(own.values()):
            found |= {key: each.rows.iloc[: SWEPT[name]] for key, each in own.items()}
    return found


@cache
def regions(name: str, pictures: str = "") -> dict[str, pd.DataFrame]:
    """What SparseFool did to each image, and where its pixels fall, by network."""
    found = {}
    for model in networks(name):
        attack = _sparsefool(model, pictures)
        shares = _reading(model, lambda described: described.get("regions_of"), pictures)
        if attack is not None and shares is not None:
            found[model] = attack.join(shares.filter(like="_share"), how="inner")
    return found


@cache
def transfer(name: str, pictures: str = "") -> dict[tuple[str, str], pd.DataFrame]:
    """What SparseFool did to each image of a source, and what a target makes of it, by both networks.

    Empty unless all networks of the data set are there.
    """
    found = {}
    for source in networks(name):
        attack = _sparsefool(source, pictures)
        for target in networks(name):
            labels = _reading(
                source,
                lambda described, target=target: (
                    described["attack"] if described.get("target") == target else None
                ),
                pictures,
            )
            if attack is not None and labels is not None:
                found[source, target] = attack.join(labels.filter(like="target_"), how="inner")
    return found if len(found) == len(networks(name)) ** 2 > 1 else {}


def seconds(name: str, kind: str) -> float:
    """The seconds that the regions or the transfers of a data set have cost, beside the attacks'."""
    key = {"regions": "regions_of", "transfer": "target"}[kind]
    own = [each for each in records() if key in each.described and "pictures" not in str(each.described)]
    return sum(each.rows["seconds"].sum() for each in own if f"{kind}-{name}" in each.name)


def sides(model: str) -> tuple[int, int]:
    return {"mnist": (28, 28), "cifar10": (32, 32), "imagenet": (224, 224)}[dataset(model)]


def masks(rows: pd.DataFrame, model: str) -> np.ndarray:
    """The pixels that each image changes in any channel: a row of booleans for each image."""
    pixels = np.prod(sides(model))
    found = np.zeros((len(rows), pixels), dtype=bool)
    for mask, places in zip(found, rows["changed_at"], strict=True):
        mask[np.unique(places % pixels)] = True
    return found


def _sparsefool(model: str, pictures: str) -> pd.DataFrame | None:
    """The rows of SparseFool on the test images, or on a set of pictures."""
    return on_photographs(model, "SparseFool") if pictures else attack_rows(model, "SparseFool")


def _is_attack(described: dict, model: str, attack: str, given: dict, pictures: str = "") -> bool:
    of = described.get("pictures", {})
    if of.get("of", "") != pictures or "images" in of:  # those are chosen ones, with annotated parts
        return False
    if described.get("attack") != attack or described["model"] != model or "arguments" not in described:
        return False
    return all(described["arguments"].get(name) == value for name, value in given.items())


def _reading(model: str, attack_of, pictures: str) -> pd.DataFrame | None:
    """The rows of the record that reads SparseFool's on a network, on the test images or on pictures."""
    images = 1 if pictures else TESTED[dataset(model)]
    for each in records():
        described = attack_of(each.described)
        if (
            described
            and _is_attack(described, model, "sparsefool", arguments(model, "SparseFool"), pictures)
            and len(each.rows) >= images
        ):
            return each.rows if pictures else each.rows.iloc[:images]
    return None
