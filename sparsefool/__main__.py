"""``python -m sparsefool``: the command ``sparsefool``."""

from sparsefool.cli.main import main

if __name__ == "__main__":
    main(prog_name="sparsefool")
