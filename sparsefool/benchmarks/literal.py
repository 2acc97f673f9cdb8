"""The paper's algorithms, transcribed line by line for one image at a time: slow, and the tests' oracle.

Where the paper leaves room: the label is that of the original image, DeepFool considers the strongest classes
of its starting point, x_B includes the overshoot, and the solver aims 1e-3 beyond the plane.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def linear_solver(
    x: Sequence[float],
    w: Sequence[float],
    x_b: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
) -> list[float]:
    """Run Algorithm 1 on lists of Python floats.

    The loop ends when the plane is reached or crossed, or when S holds every coordinate. Where the plane lies
    behind the point there is nothing to reach, and the point is returned: line 5 would move away from it.
    """
    x = list(x)
    forbidden = {j for j, w_j in enumerate(w) if w_j == 0}

    while _gap(w, x, x_b) < 0 and len(forbidden) < len(x):
        d = max((j for j in range(len(x)) if j not in forbidden), key=lambda j: abs(w[j]))
        r_d = abs(_gap(w, x, x_b)) / abs(w[d]) * (1 if w[d] > 0 else -1)
        wanted = x[d] + r_d
        x[d] = min(max(wanted, lower[d]), upper[d])
        forbidden.add(d)
        if x[d] == wanted:
            break
    return x


def _gap(w: Sequence[float], x: Sequence[float], x_b: Sequence[float]) -> float:
    return sum(w_j * (x_j - b_j) for w_j, x_j, b_j in zip(w, x, x_b, strict=True))


def _gradient(classifier: nn.Module, image: Tensor, first: int, second: int) -> Tensor:
    point = image.clone().requires_grad_()
    logits = classifier(point)[0]
    (gradient,) = torch.autograd.grad(logits[first] - logits[second], point)
    return gradient


def deepfool(
    classifier: nn.Module,
    image: Tensor,
    label: int,
    overshoot: float = 0.02,
    num_candidates: int = 10,
    max_iter: int = 50,
) -> tuple[Tensor, int, Tensor]:
    """Return x_B, the class there and the normal there (lines 3 to 5 of Algorithm 2)."""
    with torch.no_grad():
        order = classifier(image)[0].argsort(descending=True).tolist()
    candidate_classes = [k for k in order if k != label][: num_candidates - 1]
    r_total = torch.zeros_like(image)
    for _ in range(max_iter):
        point = image + r_total
        with torch.no_grad():
            logits = classifier(point)[0]
        steps = []
        for k in candidate_classes:
            w_k = _gradient(classifier, point, k, label)
            distance = (logits[k] - logits[label]).abs() / w_k.norm()
            steps.append((distance.item(), w_k))
        distance, w_k = min(steps, key=lambda step: step[0])
        r_total = r_total + max(distance, 1e-4) * w_k / w_k.norm()
        x_b = image + (1 + overshoot) * r_total
        with torch.no_grad():
            logits = classifier(x_b)[0]
        if logits.argmax().item() != label:
            break
    logits[label] = -torch.inf
    beyond = int(logits.argmax())
    return x_b, beyond, _gradient(classifier, x_b, beyond, label)


def sparsefool(
    classifier: nn.Module,
    image: Tensor,
    lambda_: float = 3.0,
    delta: float = 255.0,
    overshoot: float = 0.02,
    num_candidates: int = 10,
    max_iter: int = 50,
) -> tuple[Tensor, bool, int]:
    """Run Algorithm 2; return the last image tested, whether it fools, and the number of iterations."""
    with torch.no_grad():
        label = int(classifier(image)[0].argmax())
    lower, upper = (image - delta / 255).clamp(min=0), (image + delta / 255).clamp(max=1)
    x_i, tested = image, image
    for iteration in range(1, max_iter + 1):
        x_b, _, w = deepfool(classifier, x_i, label, overshoot, num_candidates, max_iter)
        if (w * (x_b - x_i)).sum() <= 0:
            w = x_b - x_i
        w = w / w.norm()
        plane_point = x_i + lambda_ * (x_b - x_i) + 1e-3 * w
        flat = [t.flatten().double().tolist() for t in (x_i, w, plane_point, lower, upper)]
        x_i = torch.tensor(linear_solver(*flat), dtype=image.dtype, device=image.device).view_as(image)
        tested = (image + (1 + overshoot) * (x_i - image)).clamp(lower, upper)
        with torch.no_grad():
            if classifier(tested)[0].argmax().item() != label:
                return tested, True, iteration
    return tested, False, max_iter
