"""Is a checkout equivalent to an earlier one? Write down what a user could tell apart, then compare.

``python -m tests.equivalence record FILE`` in each of the two checkouts, then ``python -m tests.equivalence
compare FILE FILE`` in either. Recorded are the 8-bit adversarial images (SHA-256) of every attack on the
sample images, the identities of the paper's experiments, the names of the shipped records, the rows that the
command line measures, and the widgets with which every page answers to a link.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from streamlit.testing.v1 import AppTest

from sparsefool import load_gallery, load_model
from sparsefool.attacks import ATTACKS, check_8_bit
from sparsefool.experiments.experiment import identity
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, paper_transfer
from sparsefool.store.tables import read_table

ROOT = Path(__file__).parents[1]
NETWORKS = ("mnist/lenet", "cifar10/resnet18", "cifar10/vgg19")
LARGE_NETWORK = "imagenet/efficientnet-lite0"
FEW = 4
OPTIONS = {
    "one_pixel": {"population": 20, "max_iter": 5},
    "sigma_zero": {"max_iter": 100},
    "random_pixels": {"counts": 60},
}
"""What keeps the costly attacks short, and lets noise fool now and then; others run with their defaults."""

LINKS = (
    ("attack", {}),
    ("attack", {"data": "MNIST", "picture": "4", "lambda": "2", "delta": "100", "target": "7"}),
    ("attack", {"data": "CIFAR-10", "model": "VGG-19", "picture": "3", "attack": "Sparsest"}),
    ("attack", {"region": "4,4,20,20", "perturb": "Only inside", "view": "Region", "picture": "2"}),
    ("attack", {"lambda": "77", "delta": "none", "picture": "5000", "step": "1", "layer": "Original"}),
    ("attack", {"max_iter": "7", "candidates": "4", "device": "cpu", "view": "Pixels", "lecture": "true"}),
    ("how_it_works", {}),
    ("how_it_works", {"world": "Checkerboard", "p1": "20", "p2": "130", "world_lambda": "2", "stage": "3"}),
    ("how_it_works", {"world": "Linear", "method": "ℓ1-DeepFool", "world_delta": "90", "data": "MNIST"}),
    ("how_it_works", {"plane": "Normal and random", "plane_seed": "5", "picture": "6", "lambda": "4"}),
    ("perceptibility", {"data": "MNIST", "show": "One picture", "at": "50", "lambda": "1"}),
    ("perceptibility", {"data": "CIFAR-10", "show": "λ × δ map", "grid": "Fine, 7 × 10"}),
    ("perceptibility", {"data": "CIFAR-10", "show": "Many pictures", "over": "λ (Figure 4)"}),
    ("perceptibility", {"data": "ImageNet", "show": "Many pictures", "over": "δ (Figure 6)"}),
    ("comparison", {}),
    ("comparison", {"data": "MNIST", "section": "Image by image", "image": "5"}),
    ("comparison", {"data": "ImageNet", "section": "Paper and here"}),
    ("comparison", {"data": "CIFAR-10", "attacks": "JSMA", "images": "3"}),
    ("transfer", {}),
    ("transfer", {"data": "ImageNet", "count": "Both correct"}),
    ("transfer", {"data": "CIFAR-10", "images_cifar10": "50", "lambda": "5", "delta": "200"}),
    ("regions", {"data": "MNIST", "pictures": "2"}),
    ("regions", {"data": "MNIST", "view": "By fooling class", "original_class": "3"}),
    ("regions", {"data": "MNIST", "view": "Where the network looks", "lambda": "2"}),
)
COMMANDS = (
    "comparison mnist --attack sparsefool --attack random_pixels --attack jsma --images 20",
    "comparison cifar10 --model cifar10/resnet18 --attack SparseFool --attack random_pixels --images 10",
    "sweep mnist --lambda 1.25 --lambda 2.75 --images 10",
    "transfer cifar10 --lambda 2.75 --images 10",
    "regions mnist --lambda 2.75 --images 10",
)
"""What is stored is read; the rest is measured."""

MEASURED = ("seconds", "device")


def record(path):
    torch.set_num_threads(1)
    found = {"images": {}, "identities": _identities(), "rows": _rows(), "pages": {}}
    for page, link in LINKS:
        found["pages"][f"{page} {json.dumps(link, ensure_ascii=False)}"] = _widgets(page, link)
        print(page, link, file=sys.stderr)
    for model in NETWORKS:
        for spec in ATTACKS:
            found["images"][f"{model} {spec.name}"] = _images(model, spec, 20)
            print(model, spec.name, file=sys.stderr)
    for spec in ATTACKS:
        if spec.name in ("sparsefool", "sparsest", "deepfool"):
            found["images"][f"{LARGE_NETWORK} {spec.name}"] = _images(LARGE_NETWORK, spec, FEW)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _images(model, spec, count):
    classifier = load_model(model, device="cpu")
    images = load_gallery(model.partition("/")[0]).images[: FEW if spec.name == "one_pixel" else count]
    options = dict(OPTIONS.get(spec.name, {}))
    if spec.name in ("jsma", "one_pixel", "random_pixels"):
        options["generator"] = torch.Generator().manual_seed(0)
    result = spec.run(classifier, images, **options)
    checked = check_8_bit(classifier, result, 255.0)
    levels = (255 * checked.images).round().to(torch.uint8).numpy()
    fooled = checked.success.tolist()
    digests = [hashlib.sha256(each.tobytes()).hexdigest() for each in levels]
    return [f"{digest} {ok}" for digest, ok in zip(digests, fooled, strict=True)]


def _identities():
    found = {}
    for dataset in ("mnist", "cifar10", "imagenet"):
        shipped = paper_comparison(dataset).models
        planned = {
            "comparison": paper_comparison(dataset),
            "lambda": paper_sweep(dataset),
            "delta": paper_sweep(dataset, deltas=(1.0, 10.0, 255.0)),
            "regions": paper_regions(dataset),
            **({"transfer": paper_transfer(dataset)} if len(shipped) > 1 else {}),
        }
        found |= {f"{kind} {dataset}": identity(each) for kind, each in planned.items()}
    for path in sorted((ROOT / "assets" / "results").glob("*.parquet")):
        found[path.name] = json.dumps(read_table(path).provenance["record"], sort_keys=True)
    return found


def _rows():
    found = {}
    for command in COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            program = [sys.executable, "-m", "sparsefool", "experiment"]
            words = [*command.split(), "--device", "cpu", "--results", folder]
            subprocess.run([*program, *words], check=True, cwd=ROOT, capture_output=True)
            for path in sorted(Path(folder).rglob("*.parquet")):
                rows = read_table(path).rows.drop(columns=list(MEASURED), errors="ignore")
                digest = hashlib.sha256(rows.to_json().encode()).hexdigest()
                name = f"{path.parent.name}/{path.name}"
                found[f"{command}: {name}"] = f"{len(rows)} rows {list(rows.columns)} {digest}"
        print(command, file=sys.stderr)
    return found


def _widgets(page, link):
    """Open a link and return the value of every widget by its key, the identities named, and what failed."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if page != "attack":
        app.switch_page(f"pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    for _ in range(60):
        if not any(button.key == "cancel" for button in app.button):
            break
        time.sleep(1)
        app.run()
    values = {}
    for place in (app.main, app.sidebar):
        _collect(place, values)
    captions = " ".join(each.value for each in app.caption)
    notices = [each.value for each in app.warning if "in the address" in each.value]
    return {
        "widgets": values,
        "identities": [word for word in captions.split() if len(word) == 12 and _is_hexadecimal(word)],
        "notices": len(notices),
        "exceptions": [each.value for each in app.exception],
    }


def _collect(block, values):
    for child in getattr(block, "children", {}).values():
        key = getattr(child, "key", None)
        if key is not None and child.type not in ("button", "download_button", "file_uploader"):
            try:
                values[str(key)] = _plain(child.value)
            except (AttributeError, NotImplementedError, ValueError):
                values[str(key)] = child.type
        _collect(child, values)


def _plain(value):
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(getattr(value, "name", value))


def _is_hexadecimal(word):
    return set(word) <= set("0123456789abcdef")


def compare(before, after):
    """Print how much is equal and every difference; return whether there is none."""
    equal = True
    for part in before:
        old, new = _flat(before[part]), _flat(after[part])
        differ = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        print(f"{part}: {len(old) - len([name for name in differ if name in old])} of {len(old)} equal")
        for name in differ:
            print(f"  {name}\n    before {old.get(name)}\n    after  {new.get(name)}")
        equal = equal and not differ
    return equal


def _flat(found, prefix=""):
    if isinstance(found, dict):
        parts = [_flat(each, f"{prefix}{name} / ") for name, each in found.items()]
        return {key: value for part in parts for key, value in part.items()}
    if isinstance(found, list) and len(found) > 6:
        return {f"{prefix}{number}": each for number, each in enumerate(found)}
    return {prefix: found}


if __name__ == "__main__":
    action, *files = sys.argv[1:]
    if action == "record":
        record(Path(files[0]))
    else:
        sys.exit(not compare(*(json.loads(Path(file).read_text()) for file in files)))
