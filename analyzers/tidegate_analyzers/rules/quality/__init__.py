"""Rules about what is tested."""
