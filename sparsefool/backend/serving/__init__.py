"""Serving others: what a session may take, and figures of how the server does."""
