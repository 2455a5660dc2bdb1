"""Methods that take parts of a scan away and look what the network then answers."""
