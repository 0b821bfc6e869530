"""The workspace as one graph: what each name means across files, who reads and who writes it."""
