"""dashboards: the investor's page: what went in, what came back, and when."""
