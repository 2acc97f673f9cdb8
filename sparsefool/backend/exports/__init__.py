"""Results as files for other programs: CSV, Parquet, JSON and LaTeX."""
