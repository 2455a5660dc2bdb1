"""Methods for the attention of transformers."""
