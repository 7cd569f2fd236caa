"""dashboards: the evaluator's page: what the service changed, and how far that can be trusted."""
