"""Training of the built-in networks on simulated scans."""
