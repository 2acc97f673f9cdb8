"""Measurements over many images: no user interface, rows of numbers."""
