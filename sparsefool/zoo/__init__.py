"""Networks by name: what they are, where their weights come from, how they are trained."""
