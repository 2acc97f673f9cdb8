"""What the Regions page shows: a folder for each of its first four tabs."""
