"""How an attack is entered: what a caller gives is checked and copied, and the network is held meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.core.checks import check_images
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

F = TypeVar("F", bound=Callable[..., Any])

WHOLE = ("max_iter", "num_candidates", "batch_size", "max_pixels", "population")
"""Arguments that count something."""

_under_attack: ContextVar[tuple[Classifier, ...]] = ContextVar("under_attack", default=())


def attack(function: F) -> F:
    """Return an attack, given a function (classifier, images, labels=None, **options).

    Images, labels, targets and regions may then be tensors, NumPy arrays or lists, and classes may be named.
    The function gets tensors of its own, gradients enabled, and the network held (:meth:`Classifier.held`).
    Within another attack on the same network it is called as it is.
    """

    @wraps(function)
    def entered(classifier: Any, images: Any, labels: Any = None, **options: Any) -> Any:
        if any(classifier is each for each in _under_attack.get()):
            return function(classifier, images, labels, **options)
        check_classifier(classifier)
        own = own_images(classifier, images)
        given = own_options(classifier, options)
        classes = own_classes("labels", classifier, labels)
        with under_attack(classifier, own):
            return function(classifier, own, classes, **given)

    return cast("F", entered)


@contextmanager
def under_attack(classifier: Classifier, images: Float[Tensor, "n c h w"]) -> Iterator[None]:
    """Hold a network for an attack, with gradients enabled, whatever mode the caller is in."""
    token = _under_attack.set((*_under_attack.get(), classifier))
    try:
        with torch.inference_mode(False), torch.enable_grad(), classifier.held(images):
            yield
    finally:
        _under_attack.reset(token)


def check_classifier(classifier: object) -> None:
    """Raise an error unless this is a :class:`Classifier`.

    Raises:
        ParameterError: it is something else.
    """
    if not isinstance(classifier, Classifier):
        raise ParameterError(
            f"An attack needs a Classifier; this is {type(classifier).__name__}. Wrap a network of your own "
            "in sparsefool.Classifier(module, mean, std); load_model gives one by its name."
        )


def own_images(classifier: Classifier, images: Any) -> Float[Tensor, "n c h w"]:
    """Return a checked copy of images, in float32 at least; arrays and lists go to the classifier's device.

    Raises:
        ParameterError: they are no images in [0, 1] on the classifier's device.
    """
    with torch.inference_mode(False):
        tensor = _tensor("images", images, "a float tensor [n, c, h, w]")
        if not isinstance(images, Tensor):
            tensor = tensor.to(classifier.device)
        if tensor.is_floating_point():
            tensor = tensor.to(torch.promote_types(tensor.dtype, torch.float32))
        check_images(classifier, tensor)
        return tensor.detach().clone(memory_format=torch.contiguous_format)


def own_classes(name: str, classifier: Classifier, given: Any) -> Any:
    """Return classes as integers: a number, or a tensor of one per image; names are looked up.

    Raises:
        ParameterError: a name is no class, or they are something else.
    """
    if given is None or isinstance(given, int):
        return given
    if isinstance(given, str):
        return classifier.find_class(given)
    if isinstance(given, list | tuple) and any(isinstance(each, str) for each in given):
        given = [classifier.find_class(each) if isinstance(each, str) else each for each in given]
    classes = _tensor(name, given, "a class, or one per image")
    return classes.detach().clone().to(classifier.device)


def own_options(classifier: Classifier, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an attack, those that may come in several forms brought into one.

    Raises:
        ParameterError: a count is not a whole number, or an option cannot be read.
    """
    given = dict(options)
    for name in WHOLE:
        value = given.get(name)
        if value is not None and (isinstance(value, bool) or not hasattr(value, "__index__")):
            raise ParameterError(f"{name} must be a whole number; it is {value!r}.")
    if "target" in given:
        given["target"] = own_classes("target", classifier, given["target"])
    for name, form in (("lambda_", "a number or one per image"), ("delta", "a number or one per image")):
        if name in given and not isinstance(given[name], int | float):
            given[name] = _tensor(name, given[name], form).detach().clone()
    if given.get("region") is not None:
        given["region"] = _tensor("region", given["region"], "a bool tensor [h, w] or [n, h, w]").detach()
    return given


def _tensor(name: str, value: Any, form: str) -> Tensor:
    try:
        return value if isinstance(value, Tensor) else torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ParameterError(f"{name} must be {form}; {type(value).__name__} came ({error}).") from error
