"""Where the perturbations fall: annotated parts, measured."""
