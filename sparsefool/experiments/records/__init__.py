"""What is measured once for every image, and kept: the attacks on it, and how rows are stored."""
