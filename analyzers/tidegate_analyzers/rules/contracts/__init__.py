"""Contracts between those who make data and those who use it."""
