"""Records to Arrow and back, one table a file."""
