"""The analysis engine of tidegate: text in, facts, graph, findings and edits out.

Nothing in this package knows the language server protocol, the disk or the clock.
"""
