"""Every λ with every δ on one picture, requested, computed and read from stored rows."""
