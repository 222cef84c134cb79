"""ViLoMem: a memory of what a multimodal model saw wrong and thought wrong."""
