"""Numbers drawn from the rows of experiments: summaries, overlaps, the paper beside ours."""
