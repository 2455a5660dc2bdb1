"""Subcommands of ``train`` with their own options, one module each."""
