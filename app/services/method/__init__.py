"""How a wave was made, as the law asks: its method sheet, its non-response, what its intervals are worth."""
