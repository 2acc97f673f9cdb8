"""What one server gives to its sessions: read once, from one file or a preset."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from sparsefool.errors import ParameterError
from sparsefool.once import once

VARIABLE = "SPARSEFOOL_LIMITS"
"""The environment variable that names a preset or a file of limits."""

_PRESET = "preset"
"""The key of a file that names the preset whose values hold where the file has none."""

_RANGES: Mapping[str, tuple[int, int]] = {
    "sessions": (1, 100_000),
    "megabytes_per_session": (1, 100_000),
    "uploads_per_minute": (1, 10_000),
    "seconds_per_experiment": (1, 2_592_000),
    "images_per_pass": (0, 65_536),
}
"""The least and the largest value of each limit that is a number."""


def _check(name: str, value: object) -> None:
    """Return if this is a value of a limit.

    Raises:
        ParameterError: it has another type or is out of range.
    """
    if name not in _RANGES:
        if type(value) is not bool:
            raise ParameterError(f"{name} must be true or false; it is {value!r}.")
        return
    least, most = _RANGES[name]
    if type(value) is not int or not least <= value <= most:
        raise ParameterError(f"{name} must be a whole number from {least:,} to {most:,}; it is {value!r}.")


@dataclass(frozen=True)
class Limits:
    """What one server gives to its sessions; the defaults are for a person's own machine.

    Attributes:
        sessions: browser tabs that are served at once; others wait for one to be closed.
        megabytes_per_session: what the uploads, the networks of one's own and the kept runs of a session may
            take together, in 10⁶ bytes.
        uploads_per_minute: files that a session may upload in a minute.
        seconds_per_experiment: an experiment started from a page is cancelled after this time; what it has
            finished is kept.
        images_per_pass: images of all sessions that share a pass through a network at most; 0 for what suits
            the device.
        experiments: whether pages may start experiments: whatever attacks many pictures.
        own_networks: whether pages take uploaded networks and those of torchvision and timm by their name.

    Raises:
        ParameterError: a value has another type or is out of its range.
    """

    sessions: int = 500
    megabytes_per_session: int = 1_000
    uploads_per_minute: int = 60
    seconds_per_experiment: int = 86_400
    images_per_pass: int = 0
    experiments: bool = True
    own_networks: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name))

    @property
    def bytes_per_session(self) -> int:
        """The bytes of :attr:`megabytes_per_session`."""
        return self.megabytes_per_session * 1_000_000


PRESETS: Mapping[str, Limits] = {
    "for-class": Limits(
        sessions=150,
        megabytes_per_session=50,
        uploads_per_minute=10,
        seconds_per_experiment=600,
        own_networks=False,
    ),
    "public": Limits(
        sessions=60,
        megabytes_per_session=20,
        uploads_per_minute=6,
        seconds_per_experiment=300,
        experiments=False,
        own_networks=False,
    ),
}
"""Limits for a lecturer's class and for a server that anybody can reach, by name."""


@once()
def limits() -> Limits:
    """Return the limits of this process: those that the variable SPARSEFOOL_LIMITS names, or the defaults.

    Raises:
        ParameterError: it names no preset and no file of limits.
    """
    named = os.environ.get(VARIABLE, "")
    if not named:
        return Limits()
    return PRESETS[named] if named in PRESETS else read_limits(Path(named))


def read_limits(path: Path) -> Limits:
    """Return the limits that a TOML file sets.

    Args:
        path: the file. Each key is a field of :class:`Limits`; ``preset`` may name one of :data:`PRESETS`,
            whose values hold for all others.

    Raises:
        ParameterError: the file cannot be read, or a key or a value is not one that there is.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        presets = " and ".join(PRESETS)
        raise ParameterError(
            f"{path} is no file of limits that can be read ({error.strerror}), and no preset: these are "
            f"{presets}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is no TOML file: {error}.") from error
    try:
        return _limits_of(values)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


def _limits_of(values: dict[str, Any]) -> Limits:
    preset = values.pop(_PRESET, None)
    if preset is not None and preset not in list(PRESETS):
        raise ParameterError(f"{_PRESET} must be one of {', '.join(PRESETS)}; it is {preset!r}.")
    names = [field.name for field in fields(Limits)]
    for key, value in values.items():
        if key not in names:
            raise ParameterError(
                f"There is no limit {key!r} (its value is {value!r}); there are {', '.join(names)} and "
                f"{_PRESET}."
            )
        _check(key, value)
    return replace(PRESETS[preset] if preset else Limits(), **values)
