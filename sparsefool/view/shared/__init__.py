"""What several pages use: the frame, controls, progress, pictures, charts, downloads."""
