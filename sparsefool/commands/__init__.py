"""The commands of ``python -m sparsefool``, one module each."""

from sparsefool.host import prepare_host

prepare_host()
