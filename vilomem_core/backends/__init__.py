"""Models behind the protocols of ``vilomem_core.protocols``; ``build`` makes them from the specs of the settings."""
