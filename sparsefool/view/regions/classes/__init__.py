"""Whether the place depends on the fooling class."""
