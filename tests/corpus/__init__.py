"""Real projects, taken from packages of the Python registry that carry them."""
