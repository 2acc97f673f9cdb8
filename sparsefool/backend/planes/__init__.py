"""The plane of an attack: a network's decision regions around it, requested, computed and stored."""
