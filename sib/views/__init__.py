"""views: one read model per page: what a person may see of a contract, as frozen values read from the page tables."""
