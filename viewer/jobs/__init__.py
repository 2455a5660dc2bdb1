"""Long work in the background: the worker, the device, memory."""
