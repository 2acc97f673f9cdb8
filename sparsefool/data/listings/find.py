"""Where labelled pictures are, and in which layout: Parquet files, class folders, or ILSVRC's own folder."""

import os
from pathlib import Path

from sparsefool.data.datasets import DATA_VARIABLE
from sparsefool.data.listings.folders import list_folder
from sparsefool.data.listings.listing import Listing
from sparsefool.data.listings.parquet import list_parquet
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.errors import DataError
from sparsefool.once import once


def list_pictures(path: Path, dataset: str) -> Listing:
    """Return the labelled pictures at a path: a Parquet file, a folder of them, or a folder of pictures.

    Args:
        path: of the file or folder; docs/reproduce.md describes the layouts.
        dataset: whose classes they show.

    Raises:
        DataError: there is nothing, or it is in no layout that is understood; or there is no such data set.
    """
    spec = find_dataset(dataset)
    if path.is_file():
        return list_parquet(path, spec)
    if not path.is_dir():
        raise DataError(f"There is no file or folder {path}.")
    for place in (path, path / "data"):
        if any(place.glob("*.parquet")):
            return list_parquet(place, spec)
    return list_folder(path, spec)


@once(4)
def list_unchanged(path: Path, dataset: str, _digest: str) -> Listing:
    """Return :func:`list_pictures`, looked for once for each digest that is expected."""
    return list_pictures(path, dataset)


def place_of(dataset: str, given: Path | None) -> Path | None:
    """Return where the pictures of a data set are.

    That is the folder named after the data set inside the given one, where there is such a folder, or what
    was given. Where nothing was given it is SPARSEFOOL_DATA, but only for a data set of whose own test images
    the project has but a few, and not if the folder holds other data sets alone.

    Args:
        dataset: its name.
        given: a file or folder that a person named.
    """
    if given is not None:
        return _inside(given, dataset) or given
    variable = os.environ.get(DATA_VARIABLE)
    if not variable or find_dataset(dataset).files is not None:
        return None
    place = Path(variable)
    others = any(_inside(place, spec.name) for spec in DATASETS if spec.name != dataset)
    return _inside(place, dataset) or (None if others else place)


def _inside(folder: Path, dataset: str) -> Path | None:
    return folder / dataset if (folder / dataset).is_dir() else None
