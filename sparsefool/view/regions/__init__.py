"""What the Regions page shows."""
