"""The same image on several networks."""
