"""Sparse adversarial perturbations: SparseFool, live and from Python.

``Classifier``, ``load_model``, ``list_models`` and ``load_gallery`` are here; the attacks are in
:mod:`sparsefool.attacks`. Names are imported when they are first used (PEP 562), so that the attacks can be
used without torchvision and timm.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparsefool.classifier import Classifier
    from sparsefool.data.galleries import load_gallery
    from sparsefool.zoo.loading import load_model
    from sparsefool.zoo.specs import list_models

__version__ = "0.1.0"
__all__ = ["Classifier", "__version__", "list_models", "load_gallery", "load_model"]

_HOMES = {
    "Classifier": "sparsefool.classifier",
    "list_models": "sparsefool.zoo.specs",
    "load_gallery": "sparsefool.data.galleries",
    "load_model": "sparsefool.zoo.loading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
