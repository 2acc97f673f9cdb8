"""Rows of attacks with numbers that a test knows."""

import pandas as pd


def make_rows(successes, pixels, model="a"):
    n = len(successes)
    return pd.DataFrame(
        {
            "model": model,
            "success": successes,
            "success_8bit": [False] * n,
            "pixels": pixels,
            "features": [3 * each for each in pixels],
            "pixels_per_image": 1000,
            "iterations": range(1, n + 1),
            "forwards": 10,
            "backwards": 20,
            "planes_behind": 1,
            "seconds": [0.5] * n,
        }
    )
