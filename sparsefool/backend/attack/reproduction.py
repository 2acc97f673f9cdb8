"""The command and the Python program that reproduce a result."""

import shlex
from dataclasses import dataclass

from sparsefool.attacks import INTERACTIVE
from sparsefool.backend.attack.report import AttackReport
from sparsefool.data.galleries import GALLERY_SIZE
from sparsefool.zoo.specs import ModelSpec, find_spec


@dataclass(frozen=True)
class Sample:
    """A picture that comes with the project: a sample of a gallery, or one of the further test images.

    Attributes:
        gallery: the data set.
        index: below :data:`~sparsefool.data.galleries.GALLERY_SIZE`, the position of a sample; from there on,
            the number of a test image.
    """

    gallery: str
    index: int


def command_line(report: AttackReport, original: str, region: str) -> str:
    """Return the command that reproduces a result.

    Args:
        report: the result.
        original: the file of the original picture.
        region: the file of the pixels that may change, if the perturbation was confined.
    """
    request = report.request
    words = [f"python -m sparsefool attack {original} {_network_options(find_spec(request.model))}"]
    if request.spec is not INTERACTIVE[0]:
        words.append(f"--{request.attack}")
    if request.has_lambda:
        words.append(f"--lambda {request.lambda_:g}")
    if request.counts_features:
        words.append(f"--count {request.count}")
    words.append(f"--delta {request.delta:g} --max-iter {request.max_iter}")
    words.append(f"--num-candidates {request.num_candidates}")
    if request.has_max_passes:
        words.append(f"--max-passes {request.max_passes}")
    if request.target is not None:
        words.append(f"--target {request.target}")
    if request.region is not None:
        words.append(f"--region {region}")
    return " ".join([*words, f"--device {report.device.name} --out result"])


def _network_options(spec: ModelSpec) -> str:
    if spec.logits is None:
        return f"--model {spec.name}"
    height, width = spec.input_size
    mean, std = (",".join(map(repr, values)) for values in (spec.mean, spec.std))
    return (
        f"--weights {shlex.quote(spec.weights)} --architecture {spec.architecture} "
        f"--num-classes {spec.logits} --input-size {height}x{width} --mean {mean} --std {std}"
    )


def _network_lines(spec: ModelSpec, device: str) -> tuple[str, str]:
    """Return an import and the lines that load a network."""
    if spec.logits is None:
        return "", f'classifier = load_model("{spec.name}", device="{device}")'
    needed = "from sparsefool.zoo.own_networks import describe_network, register\n"
    return needed, (
        f"own = describe_network(\n    Path({spec.weights!r}), {spec.architecture!r}, {spec.logits},\n"
        f"    input_size={spec.input_size}, mean={spec.mean}, std={spec.std},\n)\n"
        f'classifier = load_model(register(own).name, device="{device}")'
    )


def python_program(report: AttackReport, sample: Sample | None, original: str) -> str:
    """Return a program that reproduces a result, saves it, and prints its SHA-256 beside the original one.

    Args:
        report: the result.
        sample: the sample image that was attacked; None if it was the user's own file.
        original: the name of that file.
    """
    request, device = report.request, report.device.name
    names, more = ["Picture", "load_model"], ""
    size = request.picture.height, request.picture.width
    if sample is None:
        names.append("read_picture")
        picture = f'read_picture(Path("{original}").read_bytes(), "{original}")'
    elif sample.index >= GALLERY_SIZE:
        more = "from sparsefool.data.samples import load_samples\n"
        picture = f'load_samples("{sample.gallery}", {size}).picture({sample.index})'
    else:
        names.append("load_gallery")
        picture = f'load_gallery("{sample.gallery}", {size}).picture({sample.index})'
    torch, region, confined = "", "", ""
    if request.region is not None:
        names.append("parse_region")
        torch = "import torch\n\n"
        region = f'region = torch.from_numpy(parse_region("{request.region.text()}", {size}).mask.copy())\n'
        confined = ", region=region"
    parameters = request.parameters()
    lines = (
        ("lambda_", "delta", "count", "target", "max_iter"),
        ("num_candidates", "max_passes", "overshoot", "max_gradient_growth"),
    )
    first, second = (
        ", ".join(f"{name}={_literal(parameters[name])}" for name in line if name in parameters)
        for line in lines
    )
    needed, load = _network_lines(find_spec(request.model), device)
    return f"""from pathlib import Path

{torch}from sparsefool import {", ".join(sorted(names))}
from sparsefool.attacks import check_8_bit, {request.attack}
{more}{needed}
picture = {picture}
{load}
images = picture.tensor().to(classifier.device)
{region}result = {request.attack}(
    classifier, images, {first},
    {second}{confined},
)
checked = check_8_bit(classifier, result, delta={request.delta!r}, target={request.target})
adversarial = Picture.from_tensor(checked.images[0])
Path("adversarial.png").write_bytes(adversarial.png())

before, after = int(result.labels[0]), int(checked.labels[0])
print(classifier.class_name(before), "->", classifier.class_name(after))
print("pixels changed:", int(checked.pixels_changed[0]))
print("features changed:", int(checked.features_changed[0]))
print("SHA-256 of the adversarial picture:", adversarial.sha256)
# on the page it was:                {report.adversarial.sha256}
"""


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
