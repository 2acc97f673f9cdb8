"""The engine pulls in nothing heavy; that imports go downward only, ``make lint`` checks."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("sparsefool", ["torch", "streamlit", "plotly", "pandas", "torchvision"]),
        ("sparsefool.attacks", ["streamlit", "plotly", "pandas", "torchvision", "timm", "PIL"]),
        ("sparsefool.backend", ["streamlit", "plotly"]),
    ],
)
def test_an_import_brings_nothing_heavy(module, unwanted):
    code = f"import sys, {module}; print([m for m in {unwanted} if m in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"
