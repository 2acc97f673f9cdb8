"""What the attacks share: criteria, boundaries, the state of a batch, events, checks."""
