"""Attacks side by side on one network: what they ask of it, and the passes that answer several at once."""
