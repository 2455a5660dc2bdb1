"""The closed vocabulary of operators: for each its forward map and its exact transposed derivative."""
