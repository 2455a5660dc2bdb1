"""The explanations, one file a family; a method is a declaration and one function."""
