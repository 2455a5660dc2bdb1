"""Commands, one module each: the docstring is the summary; functions ``add_arguments`` and ``run``."""
