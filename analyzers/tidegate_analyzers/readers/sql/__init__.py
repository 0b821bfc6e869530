"""What SQL does to data: shared by every reader that meets SQL, in files, models and strings."""
