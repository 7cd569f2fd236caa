"""dashboards: the commissioner's page: what is owed for one period, and why."""
