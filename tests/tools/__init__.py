"""Commands for those who work on tidegate."""
