"""Settings: a YAML file, a mapping, the environment and the command line, read once into frozen records."""

from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import LoadedSettings, as_settings, load_settings
from vilomem_core.settings.tree import Settings

__all__ = ["Layer", "LoadedSettings", "Settings", "as_settings", "load_settings"]
