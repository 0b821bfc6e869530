"""Quick-fixes: one module a family. Each turns an offer into minimal edits that keep comments, quotes and layout."""
