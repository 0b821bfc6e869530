"""How much of a project's columns is understood, held against a catalog and against another lineage."""
