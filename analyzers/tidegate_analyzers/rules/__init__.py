"""The rules: one file each, found by themselves.

A rule is a generator over one file's facts that may ask the graph anything. It lives in a module named after
its code and name; the module's docstring is its page, and the examples on the page are its first tests.
"""
