"""Relevance propagation: rules per operator, and composites that assign a rule to every layer."""
