"""How far perturbations transfer: made for a source network, tried on target networks (Table 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from sparsefool.attacks import round_to_8_bits
from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.experiments.attack_cache import attack_samples
from sparsefool.experiments.attack_rows import rows_of
from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.experiment import RunContext, Task, batch_of, batch_tasks, stored_fields
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Transfer:
    """Every network is source and target in turn; each perturbation is computed once and tried on all.

    Attributes:
        models: at least two networks of one data set that take images of one size.
        lambda_, delta: of SparseFool.
        images: how many test images.
        batch: images attacked at once.

    Raises:
        ParameterError: fewer than two networks, one twice, networks of several data sets or input sizes, or a
            value out of its range.
    """

    models: tuple[str, ...]
    lambda_: float = 3.0
    delta: float = 255.0
    images: int = 1000
    batch: int = 50
    name: str = "transfer"

    def __post_init__(self) -> None:
        if len(set(self.models)) < 2 or len(set(self.models)) < len(self.models):
            raise ParameterError(
                f"A transfer needs two different networks or more; it has {', '.join(self.models) or 'none'}."
            )
        kinds = {(spec.dataset, spec.input_size) for spec in map(find_spec, self.models)}
        if len(kinds) > 1:
            taken = ", ".join(f"{dataset} {height} × {width}" for dataset, (height, width) in sorted(kinds))
            raise ParameterError(f"All networks must take the same images; these take {taken}.")
        check_range("λ", LAMBDA_RANGE, self.lambda_)
        check_range("δ", DELTA_RANGE, self.delta)
        if self.images < 1 or self.batch < 1:
            raise ParameterError("A transfer needs at least 1 image, in batches of at least 1.")

    def tasks(self) -> Sequence[Task]:
        """Return one task for each batch of images of each source network."""
        return batch_tasks("From", self.models, self.images, self.batch)

    def run(self, task: Task, context: RunContext, earlier: "pd.DataFrame", /) -> "pd.DataFrame":
        """Attack a batch on its source and try it on every target: one row per image and target.

        Beside the columns of :func:`~sparsefool.experiments.attack_rows.rows_of`, which are about the source:
        ``target_before``, ``target_after`` and ``target_after_8bit``, the target's labels of the original, of
        the attack's result and of that rounded to 8 bits.
        """
        import pandas as pd

        number, first = batch_of(task)
        source = context.classifier(self.models[number])
        parameters = (("lambda_", self.lambda_), ("delta", self.delta))
        setting = AttackSetting("sparsefool", parameters)
        gallery, result, seconds = attack_samples(setting, self.models[number], first, task, context)
        rows = rows_of(result, source, gallery, first, seconds, self.delta)
        rows.insert(0, "source", self.models[number])
        _, rounded = round_to_8_bits(result.images, result.adversarial, self.delta)
        tables = []
        for model in self.models:
            context.check()
            table = rows.copy()
            table.insert(1, "target", model)
            own = model == self.models[number]
            if own:
                labels = [rows[name] for name in ("predicted", "fooling_label", "fooling_label_8bit")]
            else:
                target = context.classifier(model)
                before = _known_labels(earlier, model, rows["image"])
                labels = [_labels(target, result.images) if before is None else before]
                labels += [_labels(target, tried) for tried in (result.adversarial, rounded)]
            names = ("target_before", "target_after", "target_after_8bit")
            tables.append(table.assign(**dict(zip(names, labels, strict=True))))
        return pd.concat(tables, ignore_index=True)

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambda_", "delta", "images", "batch", "name"))


@torch.no_grad()
def _labels(classifier: Classifier, images: Float[Tensor, "n c h w"]) -> Integer[np.ndarray, " n"]:
    labels: Integer[np.ndarray, " n"] = classifier(images).argmax(1).cpu().numpy()
    return labels


def _known_labels(
    earlier: "pd.DataFrame", model: str, images: "pd.Series[int]"
) -> Integer[np.ndarray, " n"] | None:
    """Return a network's labels of the originals, if the rows of an earlier source have all of them."""
    if earlier.empty:
        return None
    about = earlier[(earlier["target"] == model) & earlier["image"].isin(images)]
    known = about.drop_duplicates("image").set_index("image")["target_before"]
    return known.reindex(images).to_numpy() if len(known) == len(images) else None
