"""Parts of pictures that a person draws: kept in the session, outlined, measured, and as a file."""
