"""store: the register (what was decided or promised) and the warehouse (what can be recomputed)."""
