"""The options that give a network of one's own to a command, in the place of a network's name."""

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from sparsefool.data.specs import DATASETS
from sparsefool.errors import ParameterError
from sparsefool.zoo.own_networks import describe_network, register


class OwnNetworkOptions(NamedTuple):
    """The options as they were given; None where one was not."""

    weights: Path | None
    architecture: str | None
    num_classes: int | None
    input_size: str | None
    mean: str | None
    std: str | None
    class_names: Path | None
    trained_on: str | None


_FILE = click.Path(dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option(
        "--weights", type=_FILE, help="Your own network: its weights, safetensors or .pt, at most 500 MB."
    ),
    click.option(
        "--architecture", help="What they belong to: timm/NAME, torchvision/NAME, lenet, resnet18 or vgg19."
    ),
    click.option("--num-classes", type=int, help="How many classes it has."),
    click.option(
        "--input-size",
        metavar="SIDE|HxW",
        help="Of its images, in pixels.  [default: usual for the data set or architecture]",
    ),
    click.option("--mean", metavar="A,B,C", help="Its normalisation, of images in [0, 1].  [default: usual]"),
    click.option("--std", metavar="A,B,C", help="The same: standard deviation of each channel."),
    click.option("--class-names", type=_FILE, help="A text file with the name of one class in each line."),
    click.option(
        "--trained-on",
        type=click.Choice([each.name for each in DATASETS]),
        help="Its data set, for its classes, input size and normalisation.",
    ),
)


def with_own_network(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of a network of one's own, which it is handed as ``own``."""

    @wraps(command)
    def command_with_options(*arguments: Any, **others: Any) -> None:
        own = OwnNetworkOptions(*(others.pop(name) for name in OwnNetworkOptions._fields))
        command(*arguments, own=own, **others)

    with_options: Callable[..., None] = command_with_options
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options


def own_network_name(model: str | None, own: OwnNetworkOptions) -> str | None:
    """Return the network's name: ``model``, or that of a network of one's own, which is registered.

    Raises:
        ParameterError: options are missing or contradict each other.
        ModelError: the network cannot be used.
    """
    if own.weights is None:
        given = [name for name, value in own._asdict().items() if value is not None]
        if given:
            raise ParameterError(f"--{given[0].replace('_', '-')} needs --weights, a file.")
        return model
    if model is not None:
        raise ParameterError("Give either the name of a network or --weights.")
    if own.architecture is None:
        raise ParameterError("--weights needs --architecture, such as timm/resnet18.")
    described = describe_network(
        own.weights,
        own.architecture,
        own.num_classes,
        input_size=_size(own.input_size),
        mean=_numbers("--mean", own.mean),
        std=_numbers("--std", own.std),
        class_names=_names(own.class_names),
        trained_on=own.trained_on or "",
    )
    return register(described).name


def read_class_names(text: str) -> tuple[str, ...]:
    """Return the names in a text, one in each line; empty lines at its end do not count."""
    return tuple(line.strip() for line in text.rstrip().splitlines())


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    sides = re.fullmatch(r"(\d{1,6})(?:x(\d{1,6}))?", text)
    if sides is None:
        raise ParameterError(f"--input-size must be a number, or HEIGHTxWIDTH; it is {text!r}.")
    return int(sides[1]), int(sides[2] or sides[1])


def _numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(map(float, text.split(",")))
    except ValueError as error:
        raise ParameterError(f"{option} must be numbers with commas between them; it is {text!r}.") from error


def _names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return read_class_names(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"--class-names must be a text file in UTF-8; {path} cannot be read.") from error
