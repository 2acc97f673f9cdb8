"""Findings on where perturbations fall (Section 4.2): computed once, stored, and read by the pages."""
