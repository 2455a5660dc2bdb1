"""Methods that look for another scan, near this one, about which the network answers otherwise."""
