"""The commands of ``python -m sparsefool``, one module each."""
