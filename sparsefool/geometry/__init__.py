"""The geometry of SparseFool, traced from the events of the attacks: to be drawn and measured."""
