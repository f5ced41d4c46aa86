"""The web: one package per audience, the shared controls, and the edge that every view stands on (`pages`)."""
