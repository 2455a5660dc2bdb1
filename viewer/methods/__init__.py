"""Explanation methods, one module or folder a family; `registry` lists them all."""
