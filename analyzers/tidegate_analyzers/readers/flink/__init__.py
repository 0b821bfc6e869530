"""Flink: SQL, PyFlink and the DataStream API say the same things in three languages; `streams` brings them together."""
