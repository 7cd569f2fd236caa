"""payments: what is owed: the facts, the evaluation of rules, caps, payers' shares, each with its reasons."""
