"""Settings: one YAML file, the environment and the command line, parsed once into frozen records."""
