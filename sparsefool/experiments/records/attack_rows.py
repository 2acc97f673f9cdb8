"""What an attack did to images, as one row of numbers per image, and the images that rows describe."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from sparsefool.attacks import check_8_bit
from sparsefool.classifier import Classifier
from sparsefool.data.galleries import Gallery
from sparsefool.experiments.records.attack_settings import AttackSetting
from sparsefool.types import AttackResult, Outcome

if TYPE_CHECKING:
    import pandas as pd


def rows_of(
    result: AttackResult,
    classifier: Classifier,
    gallery: Gallery,
    first: int,
    seconds: float,
    delta: float | Tensor = 255.0,
) -> "pd.DataFrame":
    """Return one row for each image of a result.

    The seconds of the batch are shared out by the passes through the network that each image has cost. Of
    the image rounded to 8 bits, the changed values are kept: ``changed_at`` counts values in the order
    channel, row, column, and ``changed_to`` are levels of 0 to 255.

    Args:
        result: of the attack.
        classifier: the network, for the 8-bit check.
        gallery: the images with their true classes.
        first: the number of the first image in the data set.
        seconds: what the attack took.
        delta: δ, a number or one per image.
    """
    import pandas as pd

    check = check_8_bit(classifier, result, delta)
    passes = (result.forwards + result.backwards).double()
    share = passes / passes.sum().clamp(min=1)
    columns: Mapping[str, Tensor] = {
        "label": gallery.labels,
        "predicted": result.labels,
        "fooling_label": result.adversarial_labels,
        "fooling_label_8bit": check.labels,
        "success": result.success,
        "success_8bit": check.success,
        "pixels": result.pixels_changed,
        "features": result.features_changed,
        "max_change": result.max_change,
        "pixels_8bit": check.pixels_changed,
        "iterations": result.iterations,
        "forwards": result.forwards,
        "backwards": result.backwards,
        "planes_behind": result.planes_behind,
        "seconds": share * seconds,
    }
    rows = pd.DataFrame({name: column.detach().cpu().numpy() for name, column in columns.items()})
    rows.insert(0, "image", range(first, first + len(rows)))
    rows["outcome"] = [Outcome(int(outcome)).name.lower() for outcome in result.outcomes]
    rows["pixels_per_image"] = gallery.images.shape[2] * gallery.images.shape[3]
    levels = (255 * check.images).round().to(torch.uint8).flatten(1).cpu()
    moved = (check.images != check.originals).flatten(1).cpu()
    rows["changed_at"] = [each.nonzero()[:, 0].int().numpy() for each in moved]
    rows["changed_to"] = [values[each].numpy() for values, each in zip(levels, moved, strict=True)]
    return rows


def with_setting(rows: "pd.DataFrame", setting: AttackSetting) -> "pd.DataFrame":
    """Return rows with the columns ``lambda_`` (NaN where the attack has none) and ``delta``."""
    rows = rows.copy()
    rows.insert(1, "delta", setting.delta)
    rows.insert(1, "lambda_", setting.lambda_)
    return rows


def rebuild(
    original: Float[Tensor, "c h w"], changed_at: Sequence[int], changed_to: Sequence[int]
) -> Float[Tensor, "c h w"]:
    """Return the adversarial image, rounded to 8 bits, that a row of :func:`rows_of` describes.

    Args:
        original: the image in [0, 1].
        changed_at, changed_to: these columns of the row.
    """
    levels = (255 * original).round().flatten()
    levels[torch.tensor(changed_at, dtype=torch.int64)] = torch.tensor(changed_to, dtype=levels.dtype)
    return levels.view_as(original) / 255


def rebuild_all(originals: Float[Tensor, "n c h w"], rows: "pd.DataFrame") -> Float[Tensor, "n c h w"]:
    """Return the adversarial images, rounded to 8 bits, of rows of these images in this order."""
    pairs = zip(originals, rows["changed_at"], rows["changed_to"], strict=True)
    return torch.stack([rebuild(original, at.tolist(), to.tolist()) for original, at, to in pairs])


def changes(originals: Float[Tensor, "n c h w"], rows: "pd.DataFrame") -> list[NDArray[np.int16]]:
    """Return by how many levels each value of ``changed_at`` changed, in rows of these images in order."""
    levels = (255 * originals).round().flatten(1).to(torch.int16).cpu().numpy()
    triples = zip(levels, rows["changed_at"], rows["changed_to"], strict=True)
    return [np.asarray(to, dtype=np.int16) - level[np.asarray(at)] for level, at, to in triples]
