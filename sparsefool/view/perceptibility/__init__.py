"""What the Perceptibility page shows."""
