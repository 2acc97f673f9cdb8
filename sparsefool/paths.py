"""Where the project's files lie: what comes with it, and what it writes.

In a checkout both lie in the repository. An installed package carries the shipped files inside itself, in a
folder ``bundle``, and writes into the user's own data folder. The environment variable SPARSEFOOL_HOME names
another folder to write into; then libraries keep their caches in it too, and nothing is written elsewhere.
"""

import os
from pathlib import Path

from platformdirs import user_data_path

PACKAGE = Path(__file__).resolve().parent
_BUNDLE = PACKAGE / "bundle"

ROOT = _BUNDLE if _BUNDLE.is_dir() else PACKAGE.parent
"""The folder of app.py, pages and assets."""

APP = ROOT / "app.py"
ASSETS = ROOT / "assets"
WEIGHTS = ASSETS / "weights"
SHIPPED_RESULTS = ASSETS / "results"
"""Tables of results that come with the project: measured by its own commands."""

SHIPPED_REPORTS = ASSETS / "openings"
"""Finished attacks with which the pages open: one file for each network."""

SHIPPED_PLANES = ASSETS / "planes"
"""Decision planes that come with the project: computed by its own command."""

ANNOTATIONS = ASSETS / "annotations"
"""Where the parts of pictures are, such as heads: what docs/annotations.md describes."""

FINDINGS = ASSETS / "findings"
"""What was found with them about where perturbations fall; computed by the project's own command."""

SHIPPED_SETS = ASSETS / "pictures"
"""What is in sets of pictures that do not come with the project, but rows of attacks on them do."""

TEST_IMAGES = ASSETS / "data"
"""Parquet files in the layout that :func:`sparsefool.data.datasets.load_dataset` reads."""


def _home() -> Path:
    chosen = os.environ.get("SPARSEFOOL_HOME")
    if chosen:
        return Path(chosen).absolute()
    return user_data_path("sparsefool") if ROOT == _BUNDLE else ROOT


HOME = _home()
RUNS = HOME / "runs"
"""Checkpoints of trainings, and the results measured on this machine."""

OWN_RESULTS = RUNS / "results"
"""Tables of results that were measured on this machine, with their finished shards."""

OWN_SETS = RUNS / "pictures"
"""What is in the sets of pictures that were attacked on this machine."""

DOWNLOADS = HOME / "data"
"""Data sets that torchvision has downloaded."""

TEMPORARY = HOME / "temporary"
"""Temporary files, where SPARSEFOOL_HOME is set: uploads of more than 1 MB on their way."""

CACHES = {
    "TORCH_HOME": HOME / "cache" / "torch",
    "HF_HOME": HOME / "cache" / "huggingface",
    "MPLCONFIGDIR": HOME / "cache" / "matplotlib",
    "XDG_CACHE_HOME": HOME / "cache",
    "TMPDIR": TEMPORARY,
}
"""Where libraries write if SPARSEFOOL_HOME is set, by the environment variable that each of them reads."""
