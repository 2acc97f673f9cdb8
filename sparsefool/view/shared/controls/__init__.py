"""The controls that several pages share, each bound to a query parameter."""
