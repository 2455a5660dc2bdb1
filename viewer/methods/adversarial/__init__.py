"""Adversarial methods: search for a similar scan for which the network's output differs."""
