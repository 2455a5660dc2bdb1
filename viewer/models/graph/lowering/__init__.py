"""From a list of ATen calls, as torch.export writes it down, to the nodes of an operator graph."""
