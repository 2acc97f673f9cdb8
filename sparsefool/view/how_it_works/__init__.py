"""What the page How it works shows."""
