"""Models behind the protocols of ``vilomem_core.protocols``: chat, text and image embedding, attention."""
