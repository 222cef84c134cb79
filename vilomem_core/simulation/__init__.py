"""A question set that the program draws itself, and a learner of known blind spots that answers it."""

from vilomem_core.simulation.dataset import demo_cases, tiny_cases, write_demo_dataset
from vilomem_core.simulation.learner import LearnerSettings, SimulatedModel, parse_options

__all__ = ["LearnerSettings", "SimulatedModel", "demo_cases", "parse_options", "tiny_cases", "write_demo_dataset"]
