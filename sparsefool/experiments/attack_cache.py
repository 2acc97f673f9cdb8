"""Attacks on test images whose results are stored, so that several experiments share them."""

import hashlib
import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from sparsefool.atomic_files import replacing
from sparsefool.data.galleries import Gallery
from sparsefool.devices import device_info
from sparsefool.experiments.attack_rows import run_attack
from sparsefool.experiments.attack_settings import AttackSetting, find_attack, seed_of
from sparsefool.experiments.experiment import RunContext, Task
from sparsefool.types import AttackResult
from sparsefool.versions import code_version
from sparsefool.zoo.loading import weights_sha256


def attack_samples(
    setting: AttackSetting,
    model: str,
    first: int,
    task: Task,
    context: RunContext,
    seed: tuple[int | str, ...] = (),
    *,
    force: bool = False,
    **more: Any,
) -> tuple[Gallery, AttackResult, float]:
    """Attack a task's test images, or read the result that this code computed before.

    Args:
        setting: which attack.
        model: the network.
        first: the first image's number.
        task: the images' task.
        context: the device, and the folder where results are stored; without one, none are.
        seed: together with the setting it decides every random draw.
        force: whether to attack even if there is a stored result, because the time matters.
        more: further arguments of the attack.

    Returns:
        The images, what the attack made of them, and the seconds it took when it was computed.
    """
    gallery = context.images(model, first, first + task.images)
    path = _path(setting, model, (first, task.images), context, seed, more)
    stored = None if force or path is None else _read(path, gallery, context)
    if stored is not None:
        return gallery, *stored
    classifier = context.classifier(model)
    images = gallery.images.to(classifier.device)
    result, seconds = run_attack(setting, classifier, images, context, seed, **more)
    if path is not None:
        _write(path, result, seconds)
    return gallery, result, seconds


def _path(
    setting: AttackSetting,
    model: str,
    images: tuple[int, int],
    context: RunContext,
    seed: tuple[int | str, ...],
    more: dict[str, Any],
) -> Path | None:
    if context.cache is None:
        return None
    known = inspect.signature(find_attack(setting.attack).run).parameters
    defaults = {
        name: parameter.default
        for name, parameter in known.items()
        if parameter.kind == parameter.KEYWORD_ONLY
    }
    arguments = sorted({**defaults, **dict(setting.parameters), **more}.items())
    content = {
        "attack": setting.attack,
        "arguments": arguments,
        "seed": seed_of(setting, *seed) if "generator" in known else None,
        "weights": weights_sha256(model),
        "model": model,
        "images": images,
        "device": str(device_info(context.device)),
        "versions": (code_version(("attacks",)), torch.__version__),
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return context.cache / f"{digest[:24]}.safetensors"


def _write(path: Path, result: AttackResult, seconds: float) -> None:
    tensors = {field.name: getattr(result, field.name).cpu().contiguous() for field in fields(result)[1:]}
    with replacing(path) as unfinished:
        save_file(tensors, unfinished, {"seconds": repr(seconds)})


def _read(path: Path, gallery: Gallery, context: RunContext) -> tuple[AttackResult, float] | None:
    """Return the stored result and its seconds; None where there is none, or the file is damaged."""
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt", device=context.device) as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            seconds = float(file.metadata()["seconds"])
    except SafetensorError:
        return None
    return AttackResult(images=gallery.images.to(context.device), **tensors), seconds
