"""The tables of docs/benchmarks.md and the figures of README.md that come from the shipped rows, as Markdown.

``python -m tests.independent.tables`` prints them; ``--write`` puts them into the documents, between the
lines ``<!-- rows: NAME -->`` and ``<!-- end of rows -->``.
"""

import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import pandas as pd

from tests.independent import figures, rows
from tests.independent.figures import Figure
from tests.independent.rows import ANIMALS, DATASETS, NETWORKS, OTHERS, ROOT

DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "benchmarks.md")
NOTHING = "Not measured yet."
PLACE = re.compile(r"(<!-- rows: (\w+) -->\n).*?(<!-- end of rows -->\n)", re.DOTALL)

PAPER = {
    "mnist/lenet": (99.93, 1.66),
    "cifar10/resnet18": (100, 1.27),
    "cifar10/vgg19": (100, 1.07),
    "cifar10/resnet18-linf": (None, 2.44),
}
"""Fooling rate and pixels in percent of the paper's networks (Table 1, Section 4.2)."""

ATTACKS = {
    "sparsefool": "SparseFool",
    "sparsest": "sparsest",
    "random_pixels": "random noise",
    "jsma": "JSMA",
    "l1_deepfool": "ℓ1-DeepFool",
    "one_pixel": "one-pixel",
    "sigma_zero": "σ-zero",
    "fmn_l0": "FMN-ℓ0",
}
KINDS = [*ATTACKS.values(), "transfer", "regions", "samples over λ and δ"]
OTHER_ATTACKS = [title for title in rows.COMPARED if "DeepFool" not in title and title != "Random noise"]
SIDE_BY_SIDE = 500
"""Most images on which attacks stand beside each other: those that the later ones got."""


def sparsefool() -> list[str]:
    """SparseFool at several λ, and sparsest, on each network."""
    lines = []
    for model, title in NETWORKS.items():
        usual = rows.LAMBDA[rows.dataset(model)]
        found = {
            f"{value:g}": rows.attack_rows(model, "SparseFool") if value == usual else _swept(model, value)
            for value in (1.0, 3.0, 10.0)
        }
        for name in ("sparsest", "sparsest in features"):
            found[name] = rows.attack_rows(model, f"SparseFool, {name}")
        for name, own in found.items():
            if own is not None:
                each = figures.attacked(own)
                paper = _paper(model) if name == f"{usual:g}" else ""
                iterations = "–" if name.startswith("sparsest") else f"{each.iterations.value:.1f}"
                cells = [title, f"{each.n:,}", name, _rate(each.rate), _pixels(each), paper]
                lines.append([*cells, _interval(each.features, "g"), iterations, _passes(each)])
    columns = (
        "network",
        "n",
        "λ",
        "fooled",
        "median pixels",
        "the paper",
        "median features",
        "iterations",
        "forwards + backwards",
    )
    return _table(columns, lines)


def behind() -> list[str]:
    """How often a plane lay behind the iterate on VGG-19."""
    own = rows.attack_rows("cifar10/vgg19", "SparseFool")
    if own is None:
        return [NOTHING]
    met, n = int((own["planes_behind"] > 0).sum()), len(own)
    others = figures.median(own.loc[own["success"] & (own["planes_behind"] == 0), "pixels"])
    return _wrapped(
        f"On {met:,} of the {n:,} images the plane lay behind the iterate at least once. The median of the "
        f"other {n - met:,} images is {others.value:g} pixels = {_percent(others.value, own)}."
    )


def others_resnet18() -> list[str]:
    """Other sparse attacks on ResNet-18."""
    return _others("cifar10/resnet18")


def others_lite0() -> list[str]:
    """Other sparse attacks on EfficientNet-Lite0."""
    return _others("imagenet/efficientnet-lite0")


def photographs() -> list[str]:
    """All attacks on the photographs of ImageNet."""
    lines = []
    for model in rows.networks("imagenet"):
        found = {f"SparseFool, λ = {value:g}": ("SparseFool", {"lambda_": value}) for value in rows.LAMBDAS}
        found |= {
            f"SparseFool, λ = 3, δ = {value:g}": ("SparseFool", {"delta": value})
            for value in rows.DELTAS["imagenet"][:-1]
        }
        found |= {title: (title, {}) for title in rows.COMPARED if title != "SparseFool"}
        for name, (title, given) in found.items():
            own = rows.on_photographs(model, title, **given)
            if own is None:
                continue
            each, fooled = figures.attacked(own), own[own["success"]]
            mean = f"{fooled['pixels'].mean():.1f}" if len(fooled) else "–"
            cells = [NETWORKS[model], name, f"{each.n:,}", _rate(each.rate), _pixels(each), mean]
            lines.append([*cells, _interval(each.features, "g") if each.fooled else "–", _passes(each)])
    columns = (
        "network",
        "attack",
        "n",
        "fooled",
        "median pixels",
        "mean",
        "median features",
        "forwards + backwards",
    )
    return _table(columns, lines)


def transfer_photographs() -> list[str]:
    """How far perturbations of the photographs transfer."""
    return _transfer(rows.transfer("imagenet", rows.PHOTOGRAPHS))


def regions_photographs() -> list[str]:
    """Where perturbed pixels of the photographs fall."""
    return _regions({"imagenet": rows.regions("imagenet", rows.PHOTOGRAPHS)})


def clipping() -> list[str]:
    """What clipping costs ℓ1-DeepFool."""
    lines = []
    for model, title in NETWORKS.items():
        forms = [
            rows.attack_rows(model, f"ℓ1-DeepFool, {how}")
            for how in ("unclipped", "clipped at the end", "clipped inside")
        ]
        if all(each is not None for each in forms):
            done = [figures.attacked(each) for each in forms]
            lines.append([title, f"{done[0].n:,}", *(_rate(each.rate) for each in done)])
    return _table(("network", "n", "not clipped", "clipped at the end", "clipped inside the loop"), lines)


def measured() -> list[str]:
    """On what and when the shipped rows were measured."""
    found: dict[tuple[str, str, str], list[rows.Record]] = {}
    for record in rows.records():
        precision = record.rows["precision"].iloc[0] if "precision" in record.rows else "float32"
        devices = {name.partition(" (")[0].replace("1 threads", "1 thread") for name in record.rows["device"]}
        key = DATASETS[rows.dataset(_model(record))], "; ".join(sorted(devices)), precision
        found.setdefault(key, []).append(record)
    titles = list(DATASETS.values())
    lines = []
    for (data, device, precision), own in sorted(found.items(), key=lambda each: titles.index(each[0][0])):
        kinds = sorted({_kind(each) for each in own}, key=KINDS.index)
        counts = f"{len(own)} with {sum(len(each.rows) for each in own):,}"
        lines.append([data, ", ".join(kinds), counts, device, precision, _days(own)])
    columns = ("data set", "of", "files with rows", "device", "convolutions in", "measured")
    return _table(columns, lines)


def transfer() -> list[str]:
    """How far perturbations transfer."""
    return _transfer({pair: own for name in DATASETS for pair, own in rows.transfer(name).items()})


def regions() -> list[str]:
    """Where perturbed pixels fall, on all images and on those of animals and others apart."""
    return _regions({name: rows.regions(name) for name in DATASETS})


def overlaps() -> list[str]:
    """How many pixels two networks' perturbations share."""
    lines = []
    for name in DATASETS:
        own = {model: each[each["success_8bit"]] for model, each in rows.regions(name).items()}
        for pair in combinations(own, 2):
            common = own[pair[0]].index.intersection(own[pair[1]].index)
            if len(common):
                both = [rows.masks(own[model].loc[common], model) for model in pair]
                shared, random, habit, beyond = figures.overlaps(*both)
                cells = [
                    f"{100 * habit:.2f} %",
                    f"{100 * random:.2f} %",
                    _interval(beyond.times(100), "+.2f"),
                ]
                lines.append(
                    [*map(NETWORKS.get, pair), f"{len(common):,}", f"{100 * shared.value:.2f} %", *cells]
                )
    columns = (
        "network",
        "and",
        "n",
        "same image",
        "different images",
        "random places",
        "because of the image, points",
    )
    return _table(columns, lines)


def readme() -> list[str]:
    """The figures of README.md that come from the rows."""
    table = "[Table](docs/benchmarks.md#sparsefool-and-sparsest)"
    lines = []
    for model, title in (
        ("mnist/lenet", "MNIST, LeNet, λ = 1"),
        ("cifar10/resnet18", "CIFAR-10, ResNet-18, λ = 3"),
    ):
        own = rows.attack_rows(model, "SparseFool")
        if own is not None:
            each, (rate, pixels) = figures.attacked(own), PAPER[model]
            lines += _wrapped(
                f"- **{title}**: {each.fooled:,} of {each.n:,} images fooled, with a median of "
                f"{each.pixels.value:g} pixels, {each.percent.value:.2f} % (paper: {rate:g} % fooled, "
                f"{pixels:g} %). {table}"
            )
    ours, other = (_first("cifar10/resnet18", each) for each in ("SparseFool, sparsest", "σ-zero, 300 steps"))
    if ours is not None and other is not None:
        one, two = (figures.attacked(each) for each in (ours, other))
        lines += _wrapped(
            f"- **Sparsest**: a median of {one.pixels.value:g} pixels on CIFAR-10, ResNet-18; σ-zero needs "
            f"{two.pixels.value:g}; they fool {one.fooled:,} and {two.fooled:,} of {one.n:,} images. "
            "[Table](docs/benchmarks.md#against-other-sparse-attacks)"
        )
    lite0 = "imagenet/efficientnet-lite0"
    dense = rows.on_photographs(lite0, "SparseFool", lambda_=10.0)
    sparse = rows.on_photographs(lite0, "SparseFool, sparsest")
    if dense is not None and sparse is not None:
        one, two = (figures.attacked(each) for each in (dense, sparse))
        lines += _wrapped(
            f"- **ImageNet, EfficientNet-Lite0**: {one.fooled} of {one.n} photographs fooled with "
            f"{one.pixels.value:g} pixels, {one.percent.value:.2f} %, at λ = 10, and {two.fooled} of {two.n} "
            f"with {two.pixels.value:g}, {two.percent.value:.2f} %, by `sparsest`. "
            "[Table](docs/benchmarks.md#imagenet-200-photographs)"
        )
    return lines


BLOCKS: dict[str, Callable[[], list[str]]] = {
    each.__name__: each
    for each in (
        sparsefool,
        behind,
        others_resnet18,
        others_lite0,
        photographs,
        clipping,
        measured,
        transfer,
        transfer_photographs,
        regions,
        regions_photographs,
        overlaps,
        readme,
    )
}


def filled(text: str) -> str:
    """A document with its places filled."""
    return PLACE.sub(lambda found: f"{found[1]}{block(found[2])}{found[3]}", text)


def block(name: str) -> str:
    return "".join(f"{line}\n" for line in BLOCKS[name]())


def main(arguments: Sequence[str]) -> None:
    if list(arguments) == ["--write"]:
        for path in DOCUMENTS:
            path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
        return
    for name in BLOCKS:
        print(f"<!-- rows: {name} -->\n{block(name)}<!-- end of rows -->\n")


def _transfer(pairs: Mapping[tuple[str, str], pd.DataFrame]) -> list[str]:
    lines = []
    for (source, target), own in pairs.items():
        if source != target:
            own = own[own["success_8bit"]]
            moved = own["target_after"] != own["target_before"]
            noise = own["target_noise"] != own["target_before"]
            takes = (own["target_after"] == own["fooling_label_8bit"])[moved]
            cells = [_share(moved), _share(noise), _share(takes) if len(takes) else "–"]
            lines.append([NETWORKS[source], NETWORKS[target], f"{len(own):,}", *cells])
    noise = "fooled by noise of the same size"
    return _table(
        ("made for", "tried on", "n", "fooled", noise, "of the fooled, take the source's class"), lines
    )


def _regions(found: Mapping[str, Mapping[str, pd.DataFrame]]) -> list[str]:
    lines = []
    for name, networks in found.items():
        for model, own in networks.items():
            own = own[own["success_8bit"]].dropna(subset="label_share")
            kinds = {"all images": own}
            if name in ANIMALS:
                animal = own["predicted"].isin(ANIMALS[name])
                kinds |= {"animals": own[animal], OTHERS[name]: own[~animal]}
            for kind, part in kinds.items():
                shares = [_mean(part[f"{each}_share"]) for each in ("label", "elsewhere", "centre")]
                gain = _mean(part["label_share"] - part["elsewhere_share"], "+")
                lines.append([NETWORKS[model], kind, f"{len(part):,}", *shares, gain])
    columns = (
        "network",
        "images",
        "n",
        "own map",
        "another image's map",
        "centred disc",
        "own minus another's, points",
    )
    return _table(columns, lines)


def _others(model: str) -> list[str]:
    lines = []
    for title in OTHER_ATTACKS:
        own, ours = _first(model, title), _first(model, "SparseFool")
        if own is None:
            continue
        each, mark = figures.attacked(own), " (TF32)" if (own["precision"] == "TF32").any() else ""
        fewer = "–"
        if ours is not None and title != "SparseFool":
            both = figures.both_fooled(own, ours)
            ratio = figures.ratio(*(one["pixels_8bit"] for one in both))
            fewer = f"{_interval(ratio, '.2f')}, n = {len(both[0])}"
        fooled = own[own["success"]]
        pixels, features = (
            f"{fooled[unit].median():g} and {fooled[unit].mean():.1f}" if len(fooled) else "–"
            for unit in ("pixels", "features")
        )
        name = f"SparseFool, λ = {rows.LAMBDA[rows.dataset(model)]:g}" if title == "SparseFool" else title
        lines.append(
            [f"{name}{mark}", f"{each.n:,}", _rate(each.rate), pixels, features, fewer, _passes(each)]
        )
    columns = (
        "attack",
        "n",
        "fooled",
        "median and mean pixels",
        "median and mean features",
        "times SparseFool's, same images",
        "forwards + backwards",
    )
    return _table(columns, lines)


def _first(model: str, title: str) -> pd.DataFrame | None:
    own = rows.attack_rows(model, title)
    return None if own is None else own.iloc[:SIDE_BY_SIDE]


def _swept(model: str, lambda_: float) -> pd.DataFrame | None:
    n = rows.SWEPT[rows.dataset(model)]
    record = rows.find_attack(model, "sparsefool", n, lambda_=lambda_, delta=255.0)
    return None if record is None else record.rows.iloc[:n]


def _model(record: rows.Record) -> str:
    described = record.described.get("regions_of") or record.described
    return described["attack"]["model"] if "target" in described else described["model"]


def _kind(record: rows.Record) -> str:
    if "regions_of" in record.described:
        return "regions"
    if "deltas" in record.described:
        return "samples over λ and δ"
    return "transfer" if "target" in record.described else ATTACKS[record.described["attack"]]


def _days(own: Iterable[rows.Record]) -> str:
    days = sorted({str(each.provenance[key])[:10] for each in own for key in ("first_date", "date")})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _paper(model: str) -> str:
    if model not in PAPER:
        return ""
    rate, pixels = PAPER[model]
    return f"{pixels:g} %" if rate is None else f"{rate:g} %, {pixels:g} %"


def _rate(rate: Figure) -> str:
    value, low, high = (_short(100 * each) for each in (rate.value, rate.low[0], rate.high[1]))
    return f"{value} % ({low} to {high})"


def _short(percent: float) -> str:
    """One decimal, unless it is 0."""
    return f"{percent:.1f}".removesuffix(".0")


def _share(outcomes: pd.Series) -> str:
    return f"{int(outcomes.sum()):,} = {_rate(figures.rate(int(outcomes.sum()), len(outcomes)))}"


def _pixels(each: figures.Attacked) -> str:
    if not each.fooled:
        return "–"
    interval = f" ({each.pixels.low[0]:g} to {each.pixels.high[0]:g})" if each.pixels.has_interval else ""
    return f"{each.pixels.value:g} = {each.percent.value:.2f} %{interval}"


def _percent(pixels: float, own: pd.DataFrame) -> str:
    return f"{100 * pixels / own['pixels_per_image'].iloc[0]:.2f} %"


def _passes(each: figures.Attacked) -> str:
    return f"{each.forwards.value:,.0f} + {each.backwards.value:,.0f}"


def _mean(shares: pd.Series, sign: str = "") -> str:
    unit = "" if sign else " %"
    return _interval(figures.mean(shares.dropna()).times(100), f"{sign}.1f", unit)


def _interval(figure: Figure, form: str, unit: str = "") -> str:
    low, high = (sum(end) / 2 for end in (figure.low, figure.high))
    interval = f" ({low:{form}} to {high:{form}})" if figure.has_interval else ""
    return f"{figure.value:{form}}{unit}{interval}"


def _wrapped(text: str) -> list[str]:
    indent = "  " if text.startswith("- ") else ""
    return textwrap.wrap(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    if not lines:
        return [NOTHING]
    return [f"| {' | '.join(line)} |" for line in (columns, ["---"] * len(columns), *lines)]


if __name__ == "__main__":
    main(sys.argv[1:])
