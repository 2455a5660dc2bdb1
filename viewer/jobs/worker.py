"""One background thread that runs long work, one job after the other, and can be stopped."""
