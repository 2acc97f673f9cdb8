"""What the Comparison page shows."""
