"""The commands, a file each: its docstring is the summary, ``add_arguments`` declares, ``run`` does."""
