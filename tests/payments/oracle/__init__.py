"""payments: what a contract owes, worked out a second time: plain dictionaries, loops and fractions, no engine code.

It reads the contract as ``tomllib`` gives it and follows the words of the format's reference, unit by unit, person by
person and day by day. It is slow, knows nothing of columns, reasons or checks, and takes a contract to be good.
"""

from tests.payments.oracle.settling import Statement, owed
from tests.payments.oracle.values import Claim, Given, Hold, Line, Seen, day_after, months_after

__all__ = ["Claim", "Given", "Hold", "Line", "Seen", "Statement", "day_after", "months_after", "owed"]
