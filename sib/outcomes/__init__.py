"""outcomes: what was claimed, evidenced, verified, sampled, disputed."""
