"""impact: Student's distribution, for the few degrees of freedom that groups leave."""

from math import atan, cos, pi, sin, sqrt


def student_share(value: float, spare: int) -> float:
    """The share of Student's distribution between −value and +value (Abramowitz & Stegun, 26.7.3 and 26.7.4)."""
    angle = atan(value / sqrt(spare))
    term = total = 1.0 if spare % 2 == 0 else cos(angle)
    for step in range(2 if spare % 2 == 0 else 3, spare, 2):
        term *= cos(angle) ** 2 * (step - 1) / step
        total += term
    if spare % 2 == 0:
        return sin(angle) * total
    return 2.0 / pi * (angle + (sin(angle) * total if spare > 1 else 0.0))


def student_quantile(confidence: float, spare: int) -> float:
    """The value between which and its negative lies the share ``confidence``."""
    low, high = 0.0, 1.0
    while student_share(high, spare) < confidence:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if student_share(middle, spare) < confidence else (low, middle)
    return (low + high) / 2.0
