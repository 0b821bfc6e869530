"""What the editor can ask for: one module a feature, a plain function from a request to an answer."""
