"""The controls that several pages share, each bound to the address."""
