"""Whether perturbations fall where the network looks."""
