"""Models behind the protocols of ``vilomem_core.protocols``: ``build`` makes chat models, embedders and attention models from specs."""
