"""The runs of a session on the Attack page: kept, in a strip, one pinned beside the one shown."""
