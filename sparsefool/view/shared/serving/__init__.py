"""What this server gives to each session: a place, and room for uploads and kept runs."""
