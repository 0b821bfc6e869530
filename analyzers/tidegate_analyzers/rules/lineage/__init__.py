"""References between what the workspace holds."""
