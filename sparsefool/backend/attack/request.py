"""What a person may request, checked here whatever a slider or a link let through."""

from dataclasses import dataclass, field
from typing import Any

from sparsefool.attacks import GRADIENT_GROWTH, INTERACTIVE, AttackSpec, find_attack
from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.attacks.reduce import MAX_PASSES
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import Region
from sparsefool.errors import ParameterError

OVERSHOOT = 0.02
"""The paper's overshoot; not offered for change."""

_LIMITS = {
    "The limit of iterations": "max_iter",
    "The number of candidate classes": "num_candidates",
    "The limit of passes": "max_passes",
}


@dataclass(frozen=True)
class AttackRequest:
    """One run of SparseFool on one picture; equal requests have equal pixels and parameters.

    Attributes:
        model: a network's name, as for :func:`sparsefool.load_model`.
        picture: the original, in the network's input size (see :mod:`sparsefool.backend.models`).
        lambda_: λ, at least 1 (Section 3.3); an attack without λ gets the default, whatever is given.
        delta: δ, 0 to 255 intensity levels (Section 4.2).
        max_iter: outer iterations at most, 1 to 200; also the limit of each DeepFool.
        num_candidates: strongest classes that DeepFool looks at, the label among them, 2 to 50.
        target: the class to reach; None for any other than the network's label.
        device: ``"auto"`` or a device name of torch.
        region: the pixels that may change; None for all of them, and what a region of all becomes.
        attack: name of one of :data:`sparsefool.attacks.INTERACTIVE`.
        count: what is to be few: ``"pixels"``, or ``"features"``, that is, single channel values; an attack
            that does not ask gets the default, whatever is given.
        max_passes: passes through the network after which an image that fools is searched no further; an
            attack without this limit gets the default, whatever is given.

    Raises:
        ParameterError: a value is out of its range, ``count`` is another word, or the region is empty or of
            another size.
    """

    model: str
    picture: Picture = field(compare=False)
    lambda_: float = 3.0
    delta: float = 255.0
    max_iter: int = 50
    num_candidates: int = 10
    target: int | None = None
    device: str = "auto"
    region: Region | None = field(default=None, compare=False)
    attack: str = INTERACTIVE[0].name
    count: str = "pixels"
    max_passes: int = MAX_PASSES
    picture_sha256: str = field(init=False, repr=False)
    region_sha256: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_region(self.region, self.picture)
        if self.region is not None and self.region.mask.all():
            object.__setattr__(self, "region", None)
        object.__setattr__(self, "picture_sha256", self.picture.sha256)
        object.__setattr__(self, "region_sha256", self.region.sha256 if self.region else "")
        names = [spec.name for spec in INTERACTIVE]
        if self.attack not in names:
            raise ParameterError(f"The attack must be one of {', '.join(names)}; it is {self.attack!r}.")
        if not self.has_lambda:
            object.__setattr__(self, "lambda_", AttackRequest.lambda_)
        if not self.has_max_passes:
            object.__setattr__(self, "max_passes", MAX_PASSES)
        if not self.has_count:
            object.__setattr__(self, "count", AttackRequest.count)
        elif self.count not in self.spec.options["count"].options:
            raise ParameterError(f"What is counted must be pixels or features; it is {self.count!r}.")
        check_range("λ", LAMBDA_RANGE, self.lambda_)
        check_range("δ", DELTA_RANGE, self.delta)
        for title, name in _LIMITS.items():
            if name in self.spec.ranges:
                limits = self.spec.ranges[name]
                check_range(title, (limits.low, limits.high), getattr(self, name))
        if self.target is not None and self.target < 0:
            raise ParameterError(f"The target must be a class number, 0 or more; it is {self.target}.")

    @property
    def spec(self) -> AttackSpec:
        """The description of the attack."""
        return find_attack(self.attack)

    @property
    def has_lambda(self) -> bool:
        """Whether the attack takes λ."""
        return "lambda_" in self.spec.ranges

    @property
    def has_count(self) -> bool:
        """Whether the attack lets one choose what is to be few."""
        return "count" in self.spec.options

    @property
    def has_max_passes(self) -> bool:
        """Whether the attack takes a limit of passes."""
        return "max_passes" in self.spec.ranges

    @property
    def counts_features(self) -> bool:
        """Whether features, and not pixels, are to be few."""
        return self.count == "features"

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return (self.model,)

    @property
    def subject(self) -> tuple[str, ...]:
        """The picture and the network, whatever the parameters."""
        return self.picture_sha256, self.model

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the attack by the names the engine gives them."""
        values = {
            "lambda_": self.lambda_,
            "delta": self.delta,
            "max_iter": self.max_iter,
            "num_candidates": self.num_candidates,
            "target": self.target,
            "count": self.count,
            "max_passes": self.max_passes,
            "overshoot": OVERSHOOT,
            "max_gradient_growth": GRADIENT_GROWTH,
        }
        known = self.spec.keywords
        return {name: value for name, value in values.items() if name in known}

    @property
    def step_noun(self) -> str:
        """What a step of the trajectory is called."""
        return self.spec.step_noun

    @property
    def most_steps(self) -> int:
        """How many steps the trajectory can have; 0 where that is not known."""
        return self.max_iter if self.spec.max_iter_bounds_steps else 0

    @property
    def setting(self) -> str:
        """What was chosen, for a person: λ, or the name of an attack that takes none, and δ."""
        first = f"λ = {self.lambda_:g}" if self.has_lambda else self.attack
        if self.counts_features:
            first += " in features"
        return f"{first} · δ = {self.delta:g}"


def _check_region(region: Region | None, picture: Picture) -> None:
    if region is None:
        return
    if region.size != (picture.height, picture.width):
        raise ParameterError(
            f"The region must be as large as the picture, {picture.height} x {picture.width} pixels (height "
            f"x width); it is {region.size[0]} x {region.size[1]}."
        )
    if region.pixels == 0:
        raise ParameterError("No pixel may change: the region for the perturbation is empty.")
