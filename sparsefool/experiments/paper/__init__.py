"""The experiments of the paper as they are run here: its tables, its figures, and all of them together."""
