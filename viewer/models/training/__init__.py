"""Training the networks that come with the program, from simulated scans."""
