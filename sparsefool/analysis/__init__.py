"""Numbers drawn from the rows of experiments: summaries, overlaps, the comparison with the paper."""
