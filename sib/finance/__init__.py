"""finance: who is paid from a receipt: the waterfall, tranche by tranche, to the minor unit."""
