"""The search for few changed pixels, or channel values: what it tries, restores and exchanges."""
