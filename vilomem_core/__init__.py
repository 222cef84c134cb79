"""The domain: pure functions in the middle, models behind protocols, no orchestrator, engine or database."""
