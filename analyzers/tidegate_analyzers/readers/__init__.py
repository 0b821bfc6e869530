"""One reader a format: a document in, facts out. A reader never raises for what a file says."""
