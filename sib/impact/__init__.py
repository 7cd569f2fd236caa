"""impact: what the service changed; a sealed plan, an outcome-blind match, balance, an estimate, and how sure it is."""
