"""Results on disk: Parquet tables that carry their provenance with them."""
