"""dashboards: one folder per page, each a story: page (in the reader's order), words, tables, charts."""
