"""Prefect flows, one a file, each named as in Prefect's UI."""
