"""The attacks that SparseFool is compared with, transcribed for one image at a time: oracles of the tests.

All return the image they end with and whether it fools; images are [1, c, h, w].
"""

import math
from itertools import combinations

import torch


def _label(classifier, image):
    with torch.no_grad():
        return classifier(image)[0].argmax().item()


def _jacobian(classifier, image):
    """The gradient of each logit, one row per class."""
    return torch.autograd.functional.jacobian(lambda x: classifier(x)[0], image).flatten(1)


def l1_deepfool(classifier, image, clipping, overshoot=0.02, num_candidates=10, max_iter=50):
    """DeepFool for a general norm with p = 1, and the three ways to clip it."""

    def clip(x):
        return x.clamp(0, 1) if clipping == "loop" else x

    label = _label(classifier, image)
    with torch.no_grad():
        order = classifier(image)[0].argsort(descending=True).tolist()
    candidate_classes = [k for k in order if k != label][: num_candidates - 1]
    x_i, tested = image, image
    for _ in range(max_iter):
        jacobian = _jacobian(classifier, x_i)
        with torch.no_grad():
            f = classifier(x_i)[0]
        nearest = min(
            candidate_classes,
            key=lambda k: float((f[k] - f[label]).abs() / (jacobian[k] - jacobian[label]).abs().max()),
        )
        w = (jacobian[nearest] - jacobian[label]).tolist()
        j = max(range(len(w)), key=lambda j: abs(w[j]))
        step = torch.zeros(len(w), dtype=image.dtype)
        step[j] = math.copysign(max(abs(float(f[nearest] - f[label])) / abs(w[j]), 1e-4), w[j])
        x_i = clip(x_i + step.view_as(image))
        tested = clip(image + (1 + overshoot) * (x_i - image))
        if _label(classifier, tested) != label:
            break
    if clipping == "end":
        tested = tested.clamp(0, 1)
    return tested, _label(classifier, tested) != label


def best_pair(alpha, beta, allowed):
    """Algorithm 2 of Papernot et al., given the gradients; None if no pair is salient."""
    best, pair = 0.0, None
    for p, q in combinations([i for i in range(len(alpha)) if allowed[i]], 2):
        a, b = alpha[p] + alpha[q], beta[p] + beta[q]
        if a > 0 and b < 0 and -a * b > best:
            best, pair = -a * b, (p, q)
    return pair


def jsma(classifier, image, aim, theta, gamma, *, targeted):
    """Algorithm 3 of Papernot et al., where only features that can move may be chosen."""
    label = _label(classifier, image)
    x = image.clone()
    for _ in range(math.floor(gamma * image.numel() / 2)):
        jacobian = _jacobian(classifier, x)
        sign = math.copysign(1, theta)
        alpha = (sign * jacobian[aim]).tolist()
        beta = (sign * (jacobian.sum(0) - jacobian[aim])).tolist()
        bound = 1 if theta > 0 else 0
        pair = best_pair(alpha, beta, [v != bound for v in x.flatten().tolist()])
        if pair is None:
            break
        for i in pair:
            x.view(-1)[i] = min(max(x.view(-1)[i].item() + theta, 0.0), 1.0)
        reached = _label(classifier, x) == aim if targeted else _label(classifier, x) != label
        if reached:
            return x, True
    return x, False


def sigma_zero(classifier, image, max_iter, sigma=1e-3, eta_0=1.0, tau=0.3, t=0.01):
    """Algorithm 1 of Cinà et al.; returns the sparsest change that fools, or the last one."""
    label = _label(classifier, image)
    delta, best = torch.zeros_like(image), None
    for i in range(max_iter):
        eta = eta_0 * 0.5 * (1 + math.cos(math.pi * i / max_iter))
        variable = delta.clone().requires_grad_()
        logits = classifier(image + variable)[0]
        rest = torch.cat([logits[:label], logits[label + 1 :]])
        attack_loss = torch.clamp(logits[label] - rest.max(), min=0)
        norm = (variable**2 / (variable**2 + sigma)).sum() / variable.numel()
        (attack_loss + norm).backward()
        step = variable.grad / variable.grad.abs().max()
        delta = torch.clamp(image + (delta - eta * step), 0, 1) - image
        delta[delta.abs() < tau] = 0
        fools = _label(classifier, image + delta) != label
        tau = min(max(tau + t * eta if fools else tau - t * eta, 0.0), 1.0)
        if fools and (best is None or (delta != 0).sum() < (best != 0).sum()):
            best = delta.clone()
        if best is not None and (best != 0).sum() == 1:
            break
    return image + (delta if best is None else best), best is not None
