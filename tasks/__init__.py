"""Prefect tasks, Ray actors and their pool, the single writer."""
