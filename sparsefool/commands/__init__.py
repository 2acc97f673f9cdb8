"""The commands of ``python -m sparsefool``, one module each.

PyTorch's threads are asked to sleep, not to spin, while they wait for each other: beside other work on the
same machine, spinning has made an attack ten times slower. It has to be said before torch is imported.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
