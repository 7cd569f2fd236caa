"""terms: what was agreed, read from ``contract.toml`` into frozen values, and printed back as sentences."""
