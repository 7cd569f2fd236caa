"""Care leavers: one authorised statement of 23 lines, the published payments."""

from datetime import date, datetime

from .names import LEAVERS, Rows, sha

RATE_CARD = [
    ("agrees_education_right", "Agrees the right education or training", 220, 527, 231),
    ("consistent_relationship", "Has a consistent relationship", 220, 453, 225),
    ("feels_safe", "Feels safe", 220, 482, 230),
    ("managing_accommodation", "Manages accommodation", 220, 466, 227),
    ("self_determined", "Self-determined wellbeing goal", 220, 202, 136),
    ("begins_course", "Begins a course", 220, 145, 132),
    ("completes_25pct", "Completes 25 % of a course", 220, 121, 109),
    ("completes_50pct", "Completes 50 % of a course", 220, 106, 94),
    ("level1_qual", "Level 1 qualification", 1760, 43, 41),
    ("level2_qual", "Level 2 qualification", 4730, 33, 33),
    ("level3_qual", "Level 3 qualification", 4730, 11, 10),
    ("begins_he", "Begins higher education", 660, 10, 10),
    ("he_year1", "Completes the first year of higher education", 2750, 4, 4),
    ("he_year2", "Completes the second year of higher education", 2750, 2, 2),
    ("he_complete", "Completes higher education", 4730, 3, 3),
    ("enters_work_experience", "Enters work experience", 110, 29, 29),
    ("work_exp_1wk", "One week of work experience", 220, 19, 19),
    ("work_exp_4wk", "Four weeks of work experience", 330, 6, 6),
    ("enters_employment", "Enters employment", 660, 126, 126),
    ("earns_768", "Earns 768 in employment", 2750, 114, 114),
    ("earns_1631", "Earns 1,631 in employment", 2750, 102, 102),
    ("earns_3350", "Earns 3,350 in employment", 2750, 73, 73),
    ("earns_8155", "Earns 8,155 in employment", 2750, 41, 41),
]


def leavers() -> Rows:
    lines, sentences, counts = [], [], []
    for number, (metric, title, price, claims, people) in enumerate(RATE_CARD, 1):
        gross = price * claims * 100
        reasons = [
            f"{title}: {claims} outcomes verified",
            f"{claims} outcomes × GBP {price:,} = GBP {price * claims:,}",
        ]
        lines.append(
            (
                LEAVERS,
                f"{LEAVERS}/life",
                number,
                metric,
                title,
                metric,
                "Rate card",
                "department",
                str(claims),
                "outcome",
                gross,
                0,
                gross,
                claims,
                people,
                None,
                reasons,
            )
        )
        sentence = f"Department for Education pays the service provider GBP {price:,} for each outcome of “{title}”."
        sentences.append((LEAVERS, metric, title, "Rate card", sentence))
        counts.append((LEAVERS, metric, title, "outcome", "verified", claims, claims))
    return {
        "statements": [
            (
                LEAVERS,
                f"{LEAVERS}/life",
                "life",
                date(2018, 10, 1),
                date(2022, 10, 31),
                "authorised",
                187_154_000,
                "officer-1",
                "officer-2",
                None,
                sha("rw"),
            ),
        ],
        "statement_lines": lines,
        "sentences": sentences,
        "claim_counts": [*counts, (LEAVERS, "feels_safe", "Feels safe", "outcome", "returned", 4, 4)],
        "source_files": [
            (LEAVERS, "claims", sha("rw-claims"), 3_118, 3_118, 0, 0, datetime(2022, 11, 4, 8, 15), "provider"),
            (LEAVERS, "claims", sha("rw-faults"), 39, 4, 33, 2, datetime(2022, 11, 5, 8, 15), "provider"),
        ],
        "tranches": [
            (
                LEAVERS,
                "investors",
                "Social investors",
                "senior",
                "the social investors",
                100_000_000,
                100_000_000,
                0,
                0,
                "The capital structure is not in the public source read; amount and dates are invented.",
            ),
            (
                LEAVERS,
                "provider_share",
                "Provider's share of the surplus",
                "provider share",
                "the service provider",
                0,
                0,
                0,
                0,
                "Invented.",
            ),
        ],
        "cash_flows": [
            (LEAVERS, date(2018, 10, 15), "investors", "Social investors", "drawdown", 60_000_000, None),
            (LEAVERS, date(2019, 10, 15), "investors", "Social investors", "drawdown", 40_000_000, None),
        ],
    }
