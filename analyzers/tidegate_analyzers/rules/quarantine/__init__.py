"""What happens to invalid records."""
