"""The command and the Python program that compute a result again."""

from dataclasses import dataclass

from sparsefool.attacks import GRADIENT_SPREAD
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import OVERSHOOT, SPARSEST


@dataclass(frozen=True)
class Sample:
    """A picture of a gallery, by its position there."""

    gallery: str
    index: int


def command_line(report: AttackReport, original: str, region: str) -> str:
    """Return the command that computes a result again.

    Args:
        report: the result.
        original: the file of the original picture.
        region: the file of the pixels that may change, if the perturbation was confined.
    """
    request = report.request
    words = [
        f"python -m sparsefool attack {original} --model {request.model}",
        "--sparsest" if request.attack == SPARSEST else f"--lambda {request.lambda_:g}",
        f"--delta {request.delta:g} --max-iter {request.max_iter}",
        f"--num-candidates {request.num_candidates}",
    ]
    if request.target is not None:
        words.append(f"--target {request.target}")
    if request.region is not None:
        words.append(f"--region {region}")
    return " ".join([*words, f"--device {report.device.name} --out result"])


def python_program(report: AttackReport, sample: Sample | None, original: str) -> str:
    """Return a program that computes a result again, saves it, and compares its SHA-256.

    Args:
        report: the result.
        sample: where the picture is from; None if it is a file of somebody's own.
        original: that file.
    """
    request, device = report.request, report.device.name
    size = request.picture.height, request.picture.width
    if sample is None:
        imports = "\nfrom sparsefool.data.image_files import read_picture"
        picture = f'read_picture(Path("{original}").read_bytes(), "{original}")'
    else:
        imports = ""
        picture = f'load_gallery("{sample.gallery}", {size}).picture({sample.index})'
    known = "" if request.attack == SPARSEST else f"lambda_={request.lambda_!r}, "
    last = ""
    if request.attack != SPARSEST:
        last = f", overshoot={OVERSHOOT}, gradient_spread={GRADIENT_SPREAD}"
    options = f"delta={request.delta!r}, target={request.target}"
    region, confined = "", ""
    if request.region is not None:
        imports += "\nfrom sparsefool.data.regions import parse_region"
        region = f'region = torch.from_numpy(parse_region("{request.region.text()}", {size}).mask.copy())\n'
        confined = ", region=region"
    first = "load_model" if sample is None else "load_gallery, load_model"
    torch = "import torch\n\n" if region else ""
    return f"""from pathlib import Path

{torch}from sparsefool import {first}
from sparsefool.attacks import check_8_bit, {request.attack}{_sorted_with_pictures(imports)}

picture = {picture}
classifier = load_model("{request.model}", device="{device}")
images = picture.tensor().to(classifier.device)
{region}result = {request.attack}(
    classifier, images, {known}{options}, max_iter={request.max_iter},
    num_candidates={request.num_candidates}{last}{confined},
)
checked = check_8_bit(classifier, result, {options})
adversarial = Picture.from_tensor(checked.images[0])
Path("adversarial.png").write_bytes(adversarial.png())

before, after = int(result.labels[0]), int(checked.labels[0])
print(classifier.class_name(before), "->", classifier.class_name(after))
print("pixels changed:", int(checked.pixels_changed[0]))
print("SHA-256 of the adversarial picture:", adversarial.sha256)
# on the page it was:                {report.adversarial.sha256}
"""


def _sorted_with_pictures(imports: str) -> str:
    lines = [*imports.splitlines()[1:], "from sparsefool.data.pictures import Picture"]
    return "".join(f"\n{line}" for line in sorted(lines))
