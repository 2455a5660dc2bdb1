"""Where and how computations run: the background thread, the device, the memory."""
