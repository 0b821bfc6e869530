"""Checkpoints and replay."""
