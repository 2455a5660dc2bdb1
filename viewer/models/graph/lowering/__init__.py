"""Lowering of a list of ATen calls, as torch.export records them, to the nodes of an operator graph."""
