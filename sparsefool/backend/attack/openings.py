"""The attacks with which the Attack page opens: made by a command, shipped, and checked for what is stale."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sparsefool import paths
from sparsefool.atomic_files import replacing
from sparsefool.attacks import INTERACTIVE
from sparsefool.backend.attack.first_boundary import forget_boundaries
from sparsefool.backend.attack.report import AttackReport, Origin
from sparsefool.backend.attack.report_packing import pack, unpack
from sparsefool.backend.attack.report_store import read_shipped, report_key, shipped_file
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.models import picture_for
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.data.galleries import load_gallery
from sparsefool.data.specs import find_dataset
from sparsefool.errors import StoreError
from sparsefool.zoo.loading import is_available, weights_sha256
from sparsefool.zoo.specs import MODELS, find_spec


def shipped_networks(dataset: str) -> tuple[str, ...]:
    """Return the networks of a data set that need no download, as far as they are here."""
    return tuple(
        spec.name
        for spec in MODELS
        if spec.dataset == dataset and not spec.download and is_available(spec.name)
    )


def openings(dataset: str, models: Sequence[str] = (), device: str = "auto") -> tuple[AttackRequest, ...]:
    """Return what the Attack page asks for when it opens with a sample and nothing else is chosen.

    Args:
        dataset: whose samples; every method of the app attacks each, with the paper's λ for the data set.
        models: the networks; all of :func:`shipped_networks` where none is given.
        device: where to run.

    Raises:
        ModelError: there is no such network, or its weights are not here.
        DataError: the sample images are missing.
    """
    lambda_ = find_dataset(dataset).paper_lambda
    requests = []
    for model in models or shipped_networks(dataset):
        weights_sha256(model)  # or it is not here
        gallery = load_gallery(dataset, find_spec(model).input_size)
        for attack in INTERACTIVE:
            for index in range(len(gallery)):
                picture = picture_for(model, gallery.picture(index))
                requests.append(AttackRequest(model, picture, lambda_, device=device, attack=attack.name))
    return tuple(requests)


def run_openings(
    requests: Sequence[AttackRequest],
    progress: Progress | None = None,
    own: Path | None = None,
    shipped: Path | None = None,
) -> Iterator[AttackReport]:
    """Yield the report of every request, in order; those that are there already are not computed again.

    Each is written as soon as it is finished, so an interruption loses at most one.

    Args:
        requests: of :func:`openings`.
        progress: receives how many are done.
        own: the folder for those that are computed; the usual one if None.
        shipped: the folder of those that ship; the usual one if None.

    Raises:
        SparseFoolError: as :func:`sparsefool.backend.attack.run.run_attack`.
    """
    progress, own = progress or NullProgress(), own or paths.OWN_RESULTS / "openings"
    for number, request in enumerate(requests):
        text = f"{request.model}, {request.spec.method_title}, {request.picture.name}"
        progress.report(number, len(requests), f"{text}: {number + 1} of {len(requests)}")
        report = _existing(request, own, shipped)
        if report is None:
            forget_boundaries()
            report = run_attack(request)
            with replacing(own / f"{_key(request)}.npz") as unfinished:
                unfinished.write_bytes(pack(report))
        yield report


def ship_openings(
    requests: Sequence[AttackRequest], own: Path | None = None, shipped: Path | None = None
) -> tuple[Path, ...]:
    """Write the finished reports of requests into one file for each network; return the files.

    A file holds these reports and no others: what is stale is gone.

    Args:
        requests: of :func:`openings`; all of a network belong together.
        own: where finished reports are; the usual folder if None.
        shipped: where the files go; the usual folder if None.

    Raises:
        StoreError: a report is not finished.
    """
    own, written = own or paths.OWN_RESULTS / "openings", []
    for model in dict.fromkeys(request.model for request in requests):
        reports = {}
        for request in requests:
            if request.model == model:
                report = _existing(request, own, shipped)
                if report is None:
                    raise StoreError(f"The attack on {request.picture.name} for {model} is not finished.")
                reports[_key(request)] = pack(report)
        path = shipped_file(model, shipped)
        with replacing(path) as unfinished, zipfile.ZipFile(unfinished, "w") as file:
            for key, data in sorted(reports.items()):
                file.writestr(zipfile.ZipInfo(f"{key}.npz"), data)  # without a date: equal files are equal
        written.append(path)
    return tuple(written)


def stale_openings(requests: Sequence[AttackRequest], shipped: Path | None = None) -> list[str]:
    """Return a sentence for each thing that is wrong with the shipped reports; none where all is well.

    Args:
        requests: of :func:`openings`; all of a network belong together.
        shipped: the folder of the files; the usual one if None.
    """
    found = []
    for model in dict.fromkeys(request.model for request in requests):
        path, wanted = shipped_file(model, shipped), set()
        for request in requests:
            if request.model == model:
                wanted.add(f"{_key(request)}.npz")
                what = f"{model}, {request.spec.method_title}, {request.picture.name}"
                try:
                    if _shipped(request, shipped) is None:
                        found.append(f"{what}: nothing is shipped for this picture, network and engine.")
                except StoreError as error:
                    found.append(f"{what}: {path.name} is damaged. {error}")
        if path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                others = len(set(file.namelist()) - wanted)
            if others:
                found.append(f"{path.name}: {others} reports are of another picture, network or engine.")
    return found


def _key(request: AttackRequest) -> str:
    return report_key(request, weights_sha256(request.model))


def _existing(request: AttackRequest, own: Path, shipped: Path | None) -> AttackReport | None:
    """Return a finished report; None where there is none, or its file is damaged and is to be made anew."""
    try:
        data = (own / f"{_key(request)}.npz").read_bytes()
        return unpack(data, request, Origin.RUN)
    except (FileNotFoundError, StoreError):
        pass
    try:
        return _shipped(request, shipped)
    except StoreError:
        return None


def _shipped(request: AttackRequest, folder: Path | None) -> AttackReport | None:
    data = read_shipped(shipped_file(request.model, folder), _key(request))
    return None if data is None else unpack(data, request, Origin.SHIPPED)
