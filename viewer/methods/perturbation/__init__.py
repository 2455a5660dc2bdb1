"""Perturbation methods: occlude parts of a scan and measure the change of the output."""
