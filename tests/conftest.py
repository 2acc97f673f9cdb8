"""One thread for the tests' small tensors: two cost more in waiting for each other than they compute."""

import torch

torch.set_num_threads(1)
