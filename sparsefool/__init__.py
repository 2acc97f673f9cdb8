"""Sparse adversarial perturbations: SparseFool, live and from Python.

Networks, pictures and what an attack returns are here; the attacks are in :mod:`sparsefool.attacks`. Names
are imported when they are first used (PEP 562), so that the attacks need neither torchvision nor timm.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparsefool.classifier import Classifier
    from sparsefool.data.galleries import load_gallery
    from sparsefool.data.image_files import read_picture
    from sparsefool.data.pictures import Picture
    from sparsefool.data.regions import parse_region
    from sparsefool.errors import SparseFoolError
    from sparsefool.types import AttackResult, Outcome, StepEvent
    from sparsefool.zoo.loading import load_model
    from sparsefool.zoo.specs import list_models

__version__ = "0.1.0"
__all__ = [
    "AttackResult",
    "Classifier",
    "Outcome",
    "Picture",
    "SparseFoolError",
    "StepEvent",
    "__version__",
    "list_models",
    "load_gallery",
    "load_model",
    "parse_region",
    "read_picture",
]

_HOMES = {
    "AttackResult": "sparsefool.types",
    "Classifier": "sparsefool.classifier",
    "Outcome": "sparsefool.types",
    "Picture": "sparsefool.data.pictures",
    "SparseFoolError": "sparsefool.errors",
    "StepEvent": "sparsefool.types",
    "list_models": "sparsefool.zoo.specs",
    "load_gallery": "sparsefool.data.galleries",
    "load_model": "sparsefool.zoo.loading",
    "parse_region": "sparsefool.data.regions",
    "read_picture": "sparsefool.data.image_files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
