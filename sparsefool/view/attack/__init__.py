"""What the Attack page shows."""
