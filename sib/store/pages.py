"""store: the page tables of the warehouse, filled by `publish` and read by the pages.

All of it can be rebuilt from the register. Amounts are integer minor units. No table holds a person's pseudonym:
the smallest thing here is a statement line.
"""

from collections.abc import Mapping
from types import MappingProxyType

PAGE_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "contracts": """
            contract VARCHAR PRIMARY KEY, name VARCHAR, version INTEGER, currency VARCHAR, decimals INTEGER,
            summary VARCHAR, starts_on DATE, ends_on DATE, illustrative VARCHAR, cap_minor BIGINT, sha256
            VARCHAR""",
        "sentences": "contract VARCHAR, payment VARCHAR, title VARCHAR, clause VARCHAR, sentence VARCHAR",
        "claim_counts": """
            contract VARCHAR, metric VARCHAR, title VARCHAR, unit VARCHAR, state VARCHAR, claims BIGINT,
            quantity BIGINT""",
        "source_files": """
            contract VARCHAR, kind VARCHAR, sha256 VARCHAR, "rows" BIGINT, accepted BIGINT, refused BIGINT,
            already_held BIGINT, received_at TIMESTAMP, submitted_by VARCHAR""",
        "statements": """
            contract VARCHAR, statement VARCHAR, period VARCHAR, period_start DATE, period_end DATE, state
            VARCHAR, total_minor BIGINT, drafted_by VARCHAR, authorised_by VARCHAR, received_on DATE, sha256
            VARCHAR""",
        "statement_lines": """
            contract VARCHAR, statement VARCHAR, number INTEGER, payment VARCHAR, title VARCHAR, metric VARCHAR,
            clause VARCHAR, payer VARCHAR, quantity VARCHAR, unit VARCHAR, gross_minor BIGINT, cap_effect_minor
            BIGINT, amount_minor BIGINT, claims BIGINT, people BIGINT, hold VARCHAR, reasons VARCHAR[]""",
        "tranches": """
            contract VARCHAR, tranche VARCHAR, name VARCHAR, kind VARCHAR, party VARCHAR, committed_minor
            BIGINT, drawn_minor BIGINT, repaid_minor BIGINT, return_minor BIGINT, illustrative VARCHAR""",
        "cash_flows": """
            contract VARCHAR, flow_on DATE, tranche VARCHAR, name VARCHAR, kind VARCHAR, amount_minor BIGINT,
            statement VARCHAR""",
        "estimates": """
            contract VARCHAR, reference VARCHAR, metric VARCHAR, title VARCHAR, unit VARCHAR, state VARCHAR,
            value VARCHAR, method VARCHAR, measured_on DATE, made_by VARCHAR, signed_by VARCHAR, plan_sha256
            VARCHAR, inputs_sha256 VARCHAR, body JSON""",
        "comparisons": """
            contract VARCHAR, metric VARCHAR, position INTEGER, title VARCHAR, words VARCHAR, estimate DOUBLE,
            standard_error DOUBLE, quantised VARCHAR, payment_minor BIGINT, pays BOOLEAN""",
        "balance": """
            contract VARCHAR, reference VARCHAR, position INTEGER, covariate VARCHAR, mean_treated DOUBLE,
            mean_before DOUBLE, mean_after DOUBLE, smd_before DOUBLE, smd_after DOUBLE, variance_ratio_before
            DOUBLE, variance_ratio_after DOUBLE, light VARCHAR""",
        "overlap": """
            contract VARCHAR, reference VARCHAR, "group" VARCHAR, bin_from DOUBLE, bin_to DOUBLE, share DOUBLE""",
        "flow": """
            contract VARCHAR, reference VARCHAR, position INTEGER, step VARCHAR, treated BIGINT, comparison
            BIGINT, why VARCHAR""",
        "published": "published_at TIMESTAMP, audit_events BIGINT, audit_head VARCHAR",
    }
)
"""Table name -> its columns. In ``comparisons``, ``pays`` marks the sealed way of comparing."""


def create_statements() -> tuple[str, ...]:
    """The SQL that makes every page table."""
    return tuple(f"CREATE TABLE {name} ({' '.join(columns.split())})" for name, columns in PAGE_TABLES.items())
