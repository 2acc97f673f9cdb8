"""What the Transfer page shows."""
