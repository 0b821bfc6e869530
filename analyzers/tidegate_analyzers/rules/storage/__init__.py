"""Rules on how much data is read and where it is kept."""
