"""LanceDB tables, staging, snapshots, exports; DuckDB analytics."""
