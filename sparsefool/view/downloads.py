"""Taking a result away, and computing it again elsewhere."""

import re

import streamlit as st

from sparsefool.backend.attack_reports import AttackReport
from sparsefool.backend.exports import perturbation_npz, result_json


def show_downloads(report: AttackReport) -> None:
    """Draw the downloads and how to reproduce the result."""
    name = _file_name(report)
    with st.container(horizontal=True, gap="small"):
        _download("Adversarial picture", report.adversarial.png(), f"{name}-adversarial.png", "image/png")
        original = report.request.picture.png()
        _download("Original picture", original, f"{name}-original.png", "image/png")
        npz = perturbation_npz(report)
        _download("Perturbation", npz, f"{name}-perturbation.npz", "application/octet-stream")
        _download("Result", result_json(report).encode(), f"{name}-result.json", "application/json")
    st.caption(
        "The adversarial PNG is the very picture that the network was asked about. The NPZ holds the changed "
        "values and the float32 perturbation, the JSON everything that is needed to reproduce the result."
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**From the command line**, with the original picture downloaded above")
        st.code(_command(report, f"{name}-original.png"), language="bash", wrap_lines=True)
        st.markdown("**From Python**")
        st.code(_python(report, f"{name}-original.png"), wrap_lines=True)
    with right:
        st.markdown("**Everything that the result depends on**")
        st.json(report.provenance(), expanded=1)


def _download(label: str, data: bytes, file_name: str, mime: str) -> None:
    st.download_button(
        f"{label} (.{file_name.rsplit('.', 1)[1]})",
        data,
        file_name,
        mime,
        icon=":material/download:",
        on_click="ignore",
    )


def _file_name(report: AttackReport) -> str:
    stem = report.request.picture.name.rsplit(".", 1)[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)[:40] or "picture"


def _command(report: AttackReport, file_name: str) -> str:
    request = report.request
    words = [
        f"python -m sparsefool attack {file_name} --model {request.model}",
        f"--lambda {request.lambda_:g} --delta {request.delta:g} --max-iter {request.max_iter}",
        f"--num-candidates {request.num_candidates}",
    ]
    if request.target is not None:
        words.append(f"--target {request.target}")
    return " ".join([*words, "--out result"])


def _python(report: AttackReport, file_name: str) -> str:
    request = report.request
    target = "" if request.target is None else f", target={request.target}"
    return f"""from pathlib import Path

from sparsefool import load_model
from sparsefool.attacks import sparsefool
from sparsefool.data.image_files import read_picture

picture = read_picture(Path("{file_name}").read_bytes(), "{file_name}")
classifier = load_model("{request.model}", device="cpu")
result = sparsefool(classifier, picture.tensor(), lambda_={request.lambda_:g}, delta={request.delta:g},
                    max_iter={request.max_iter}, num_candidates={request.num_candidates}{target})"""
