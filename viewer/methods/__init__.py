"""Explanation methods, one module or folder per family; `registry` lists them all."""
