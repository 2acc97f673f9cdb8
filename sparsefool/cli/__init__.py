"""The commands of ``python -m sparsefool``, one module each."""

from sparsefool.runtime import prepare_runtime

prepare_runtime()
