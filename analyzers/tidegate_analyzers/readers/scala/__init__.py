"""Programs in Scala."""
