"""Commands, one file each: the docstring is the summary, ``add_arguments`` and ``run`` do the work."""
