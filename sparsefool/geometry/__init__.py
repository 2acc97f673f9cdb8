"""The geometry of SparseFool, written down from the engine's own events: to be drawn and measured."""
