"""Models: safe loading, model cards, preprocessing and prediction."""
