"""The address of the Attack page: how other pages, and earlier runs, set its controls."""

import streamlit as st

from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.view.shared.controls.advanced import CANDIDATES, MAX_ITER, PASSES
from sparsefool.view.shared.controls.attack import ATTACK, COUNT, COUNT_TITLES, LAMBDA, LAMBDA_CHOSEN
from sparsefool.view.shared.controls.network import (
    ANY_CLASS,
    DEVICE,
    class_title,
    dataset_title,
    model_title,
)
from sparsefool.view.shared.controls.picture import SAMPLES
from sparsefool.view.shared.controls.region import TEXT, USE, RegionChoice
from sparsefool.view.shared.page import go_to
from sparsefool.zoo.specs import find_spec


def open_attack_page(
    request: AttackRequest, sample: Sample | None, region: RegionChoice | None = None
) -> None:
    """Open the Attack page with an attack; its address then holds all that differs from a new visitor's page.

    Args:
        request: the attack, with every parameter of the result that the user has seen.
        sample: its picture. A user's own picture, None, cannot be passed on: a warning is drawn instead.
        region: where its pixels may change; by default anywhere.
    """
    if sample is None:
        st.warning(
            "Your own picture cannot be passed to the Attack page: choose it there again, with "
            f"{request.setting.replace(' · ', ' and ')}."
        )
        return
    address = attack_address(request, sample, region or RegionChoice())
    go_to("pages/attack.py", {key: text for key, text in address.items() if text}, address)


def attack_address(request: AttackRequest, sample: Sample, region: RegionChoice) -> dict[str, str]:
    """Return the query parameter of each control of the Attack page; empty for one that has its default."""
    spec = find_spec(request.model)
    names, target = spec.class_names, request.target
    return {
        "data": dataset_title(sample.gallery),
        "model": model_title(spec),
        "source": SAMPLES,
        "picture": str(sample.index + 1),
        "attack": request.spec.method_title,
        COUNT: COUNT_TITLES[request.count] if request.counts_features else "",
        LAMBDA: f"{request.lambda_:g}" if request.has_lambda else "",
        "delta": f"{request.delta:g}",
        "target": "" if target is None else class_title(target, names[target]),
        MAX_ITER: str(request.max_iter),
        CANDIDATES: str(request.num_candidates),
        PASSES: str(request.max_passes) if request.has_max_passes else "",
        DEVICE: request.device,
        TEXT: region.region.text() if region.region else "",
        USE: region.use,
    }


def set_attack_controls(request: AttackRequest, sample: Sample | None, region: RegionChoice) -> None:
    """Set the controls of the Attack page to a request (before they are drawn).

    Args:
        request: what they should ask for.
        sample: its picture; None for a user's own, which must still be chosen.
        region: the region that was chosen.
    """
    state, spec, target = st.session_state, find_spec(request.model), request.target
    if sample is not None:
        state.update(data=sample.gallery, model=spec, source=SAMPLES, picture=str(sample.index + 1))
    state.update({ATTACK: request.attack, "delta": int(request.delta)})
    if request.has_lambda:
        state.update({LAMBDA: request.lambda_, LAMBDA_CHOSEN: True})
    if request.has_count:
        state[COUNT] = request.count
    if request.has_max_passes:
        state[PASSES] = request.max_passes
    state["target"] = ANY_CLASS if target is None else class_title(target, spec.class_names[target])
    state.update({MAX_ITER: request.max_iter, CANDIDATES: request.num_candidates, DEVICE: request.device})
    state.update({TEXT: region.region.text() if region.region else "", USE: region.use})
