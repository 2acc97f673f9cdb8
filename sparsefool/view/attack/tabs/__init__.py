"""What stands behind the tabs of the Attack page: the trajectory, the pixels, the region, the files."""
