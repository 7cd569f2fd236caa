"""finance: who is paid from a receipt: waterfall, interest, coupons, hurdles, guarantees and losses."""
