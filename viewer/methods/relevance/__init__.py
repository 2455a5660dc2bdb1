"""Rules that hand relevance from an operator's output to its inputs, and tables made of them."""
