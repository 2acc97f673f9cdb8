"""``python -m sparsefool attack``: fool a network on one image."""

from collections.abc import Callable
from pathlib import Path

import click

from sparsefool.attacks import INTERACTIVE, AttackSpec, find_attack
from sparsefool.backend.attack.files import result_json, write_outputs
from sparsefool.backend.attack.report import AttackReport, Change
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.attack.shortfall import shortfall_of
from sparsefool.backend.models import default_model, gallery_picture, loaded_model, picture_for
from sparsefool.cli.own_network import OwnNetworkOptions, own_network_name, with_own_network
from sparsefool.cli.terminal import NOT_FOOLED, TerminalProgress
from sparsefool.data.image_files import MAX_BYTES, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import Region, mask_region
from sparsefool.data.specs import find_dataset
from sparsefool.devices import choose_device
from sparsefool.errors import ImageError, ParameterError
from sparsefool.formats import percent
from sparsefool.zoo.specs import find_spec

GALLERY_PREFIX = "gallery:"


def _with_other_attacks(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each attack that is run in the place of SparseFool."""
    for spec in reversed(INTERACTIVE[1:]):
        command = click.option(f"--{spec.name}", "method", flag_value=spec.name, help=spec.summary)(command)
    return command


@click.command()
@click.argument("image")
@click.option("--model", help="A network: see the command models.  [default: the app's own]")
@with_own_network
@click.option(
    "--lambda",
    "lambda_",
    type=float,
    help="λ, 1 or more: larger is less sparse.  [default: the paper's for the network's data set]",
)
@_with_other_attacks
@click.option(
    "--count",
    type=click.Choice(("pixels", "features")),
    help="What --sparsest keeps few: pixels, or features, single channel values.  [default: pixels]",
)
@click.option(
    "--max-passes",
    type=int,
    help=f"Passes after which --sparsest looks no further.  [default: {AttackRequest.max_passes}]",
)
@click.option("--delta", default=255.0, show_default=True, help="δ, 0 to 255: how far a value may move.")
@click.option("--max-iter", default=50, show_default=True, help="Iterations at most, 1 to 200.")
@click.option("--num-candidates", default=10, show_default=True, help="Classes DeepFool looks at, 2 to 50.")
@click.option(
    "--target", metavar="CLASS", help="A class to reach, by number or name; any other if not given."
)
@click.option(
    "--region",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A mask image of the network's input size: only pixels that are white in it may change.",
)
@click.option("--keep-out", is_flag=True, help="Keep out of the region: only the black pixels may change.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the pictures and data."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on stdout."
)
@click.pass_context
def attack(
    context: click.Context,
    image: str,
    model: str | None,
    own: OwnNetworkOptions,
    lambda_: float | None,
    method: str | None,
    count: str | None,
    max_passes: int | None,
    delta: float,
    max_iter: int,
    num_candidates: int,
    target: str | None,
    region: Path | None,
    keep_out: bool,
    device: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Fool a network on one image by changing a few of its pixels, with SparseFool.

    IMAGE is a file (PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC, AVIF) or a sample image (gallery:imagenet/3).
    Into the folder of --out go original.png, adversarial.png, perturbation.npz and result.json; with --region
    region.png too.

    A network of your own is given by --weights, --architecture and --num-classes in the place of --model.

    Exit code: 0 if the network is fooled by the image as it is saved, with 8 bits per value; 1 if it is not;
    2 if something is wrong with what was asked for.
    """
    spec = find_attack(method or INTERACTIVE[0].name)
    _check_options(spec, lambda_, count, max_passes)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)  # better refused now than after the run
    model = own_network_name(model, own) or default_model()
    if lambda_ is None:
        lambda_ = find_dataset(find_spec(model).gallery).paper_lambda
    picture = _open(image, model)
    allowed = _open_region(region, keep_out, picture)
    with TerminalProgress() as progress:
        label = None
        if target is not None:
            label = loaded_model(model, str(choose_device(device)), progress).classifier.find_class(target)
        request = AttackRequest(
            model,
            picture,
            lambda_=lambda_,
            delta=delta,
            max_iter=max_iter,
            num_candidates=num_candidates,
            target=label,
            device=device,
            region=allowed,
            attack=spec.name,
            count=count or AttackRequest.count,
            max_passes=AttackRequest.max_passes if max_passes is None else max_passes,
        )
        report = run_attack(request, progress)
    if out is not None:
        write_outputs(report, out)
    click.echo(result_json(report) if as_json else _describe(report, out), nl=False)
    context.exit(0 if report.success_8bit else NOT_FOOLED)


def _check_options(
    spec: AttackSpec, lambda_: float | None, count: str | None, max_passes: int | None
) -> None:
    """Raise an error for an option that is given though the attack does not take it."""
    if lambda_ is not None and "lambda_" not in spec.ranges:
        raise ParameterError(f"--{spec.name} takes no λ: leave out --lambda.")
    if count is not None and "count" not in spec.options:
        raise _not_for("count")
    if max_passes is not None and "max_passes" not in spec.ranges:
        raise _not_for("max_passes")


def _not_for(parameter: str) -> ParameterError:
    """Return the error that only other attacks take an option."""
    takers = [each for each in INTERACTIVE if parameter in each.options or parameter in each.ranges]
    others, option = " or ".join(f"--{each.name}" for each in takers), f"--{parameter.replace('_', '-')}"
    return ParameterError(f"{option} is for {others} only: add that, or leave out {option}.")


def _open(image: str, model: str) -> Picture:
    if image.startswith(GALLERY_PREFIX):
        gallery, _, number = image.removeprefix(GALLERY_PREFIX).partition("/")
        if not number.isdecimal():
            raise ParameterError(
                f"{image} names no sample image: expected, for instance, gallery:imagenet/3."
            )
        return gallery_picture(model, gallery, int(number))
    path = Path(image)
    if not path.is_file():
        raise ImageError(f"There is no file {image}. A sample image is written as gallery:imagenet/3.")
    return picture_for(model, _read(path))


def _open_region(path: Path | None, keep_out: bool, picture: Picture) -> Region | None:
    """Return the pixels that may change."""
    if path is None:
        if keep_out:
            raise ParameterError("--keep-out needs a --region to keep out of.")
        return None
    if not path.is_file():
        raise ImageError(f"There is no file {path} for --region.")
    drawn = mask_region(_read(path), (picture.height, picture.width))
    return drawn.inverted() if keep_out else drawn


def _read(path: Path) -> Picture:
    with path.open("rb") as file:
        return read_picture(file.read(MAX_BYTES + 1), path.name)


def _describe(report: AttackReport, out: Path | None) -> str:
    request, before, after = report.request, report.before, report.after_8bit
    lines = [
        f"{request.picture.name} on {request.model}, {report.device}",
        f"before      {before.name} ({percent(before.confidence, 1)})",
        f"after       {after.name} ({percent(after.confidence, 1)})",
        f"float32     {_verdict(report.success)}, {_size(report.change, request)}",
        f"8-bit image {_verdict(report.success_8bit)}, {_size(report.change_8bit, request)}",
        f"cost        {report.iterations} iterations, {report.forwards} forwards, "
        f"{report.backwards} backwards, {report.seconds:.2f} s",
        report.reason,
    ]
    shortfall = shortfall_of(report)
    if shortfall is not None:
        lines.append(shortfall.sentence)
    if request.region is not None:
        lines.insert(
            1, f"region      {request.region.pixels} of {request.region.mask.size} pixels may change"
        )
    if out is not None:
        lines.append(f"Written to {out}")
    return "\n".join(lines) + "\n"


def _verdict(success: bool) -> str:
    return "fooled" if success else "not fooled"


def _size(change: Change, request: AttackRequest) -> str:
    """Return how much changed, what was to be few first."""
    pixels, features = f"{change.pixels} pixels ({change.percent:.2f} %)", f"{change.features} features"
    counts = f"{features}, in {pixels}" if request.counts_features else f"{pixels}, {features}"
    return f"{counts}, by at most {change.max_change:.0f} of 255"
