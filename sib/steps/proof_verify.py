"""arrows: what a proof pack is checked with: `python verify.py PACK.zip`; standard library only, nothing sent.

It builds the zip anew and compares every byte; checks rows against their audit events, these against the tree head (RFC
9162); and works every payment out again. Exit: 0 it holds; 1 it does not; 2 it holds, but a rule is not known here.
"""

import hashlib
import io
import json
import math
import sys
import tomllib
import zipfile
from fractions import Fraction
from typing import Any

Node = dict[str, Any]
NEUTRAL = {"clause", "source", "illustrative", "name", "kind", "unit"}
WORDS = """contract party exchange cohort metric quantity condition amount words payment rate_card cap settlement \
tranche waterfall guarantee loss simulation plan forecast defaults format <- the file
id counted_from statistic better repeats cohort compared_with evidence window <- metric
id payer payers payee metric amount settles cap <- payment; payer payers payee cap settles rows <- rate_card
metric price <- row; id amount over <- cap; from value amount rise <- step; up_to price <- band
metric group <- count, people; of <- sum, product, smallest, largest, all, any, none; value <- number
of at_least at_most <- limit; of below rows boundary shape per <- table; of less <- difference; of to <- ratio
of step <- whole steps; price of per <- price; of bands per <- marginal bands; amount <- fixed; of share <- share
of by per <- times; condition then otherwise <- when; quantity is value <- compare; day <- on or after"""
LINES = [line.split(" <- ") for line in WORDS.replace("; ", "\n").splitlines()]
KEYS = {kind: set(words.split()) for words, kinds in LINES for kind in kinds.split(", ")}
BY_DECIMALS = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BYR", 4: "CLF UYW"}
BY_DECIMALS[3] = "BHD IQD JOD KWD LYD OMR TND"
DECIMALS: dict[str, int] = {code: number for number, codes in BY_DECIMALS.items() for code in codes.split()}


# something does not hold; a rule that this file cannot work out; the facts do not give what a rule asks
Wrong, Unknown, Hold = AssertionError, NotImplementedError, ArithmeticError


def packed(files: dict[str, bytes]) -> bytes:
    """The one zip of these files: by name, uncompressed, without a clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            pack.writestr(entry, files[name])
    return out.getvalue()


def listed(files: dict[str, bytes]) -> bytes:
    """The list of all other files' hashes, as `sha256sum -c` reads it."""
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(set(files) - {"SHA256SUMS"})}
    return "".join(f"{found}  {name}\n" for name, found in hashes.items()).encode()


def opened(content: bytes) -> dict[str, bytes]:
    """The pack's files, if no byte of it was changed since it was packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            files = {entry.filename: pack.read(entry) for entry in pack.infolist()}
    except Exception as error:
        raise Wrong(f"this is no whole zip file ({type(error).__name__})") from None
    if files.get("SHA256SUMS") != listed(files) or packed(files) != content:
        raise Wrong("a byte differs from what the list of hashes and the files themselves make")
    return files


def canonical(value: Any) -> bytes:
    """The one way to write a value as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def head_of(entry: bytes, here: int, size: int, path: list[str]) -> str:
    """The tree head that an entry, its place from 0 and its proof lead to (RFC 9162, 2.1.3.2)."""
    found, last = hashlib.sha256(b"\x00" + entry).digest(), size - 1
    for part in map(bytes.fromhex, path):
        if here % 2 or here == last:
            found = hashlib.sha256(b"\x01" + part + found).digest()
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + part).digest()
        here, last = here // 2, last // 2
    return found.hex() if last == 0 else "nowhere"


def proven(audit: Node) -> dict[str, dict[int, Node]]:
    """Table -> id -> row, of all rows whose event stands in the tree and tells of just these rows."""
    tables: dict[str, dict[int, Node]] = {}
    for event in audit["events"]:
        seq, *_, detail, _, after, _ = json.loads(event["entry"])
        if head_of(event["entry"].encode(), seq - 1, audit["size"], event["path"]) != audit["tree_head"]:
            raise Wrong(f"event {seq} does not stand in the tree")
        digest = hashlib.sha256()
        for name, (columns, rows) in sorted(event["rows"].items()):
            digest.update(canonical([name, *columns]) + b"".join(map(canonical, rows)))
            tables.setdefault(name, {}).update({row[0]: dict(zip(columns, row, strict=True)) for row in rows})
        if sorted(event["rows"]) != sorted(json.loads(detail)["rows"]) or digest.hexdigest() != after:
            raise Wrong(f"the rows of event {seq} are not those it told of")
    return tables


def check_facts(tables: dict[str, dict[int, Node]], given: Node, claims: list[int], contract: str) -> None:
    """The facts are those of the proven rows; raises Wrong."""
    (statement,) = tables["statement"].values()
    body, currency = json.loads(statement["body_json"])["body"], statement["currency"]
    text = tables["contract_version"][statement["version_id"]]["text"]
    values = {name: [one["value"], one["unit"]] for name, one in given.get("quantities", {}).items()}
    before = {name: minor(text, currency) for name, text in given.get("paid_before", {}).items()}
    said = [contract, given["as_of"].isoformat(), values, before]
    if said != [text, body["as_of"], body["quantities"], body["paid_before"]]:
        raise Wrong("contract, day, results or earlier payments are not those of the register")
    states: dict[int, tuple[int, str]] = {}
    for row in tables.get("claim_decision", {}).values():
        states[row["claim_id"]] = max((row["number"], row["state"]), states.get(row["claim_id"], (0, "")))
    for number, one in zip(claims, given.get("outcomes", []), strict=True):
        row, full = tables["claim"][number], {"group": None, "count": 1, **one}
        full |= {"achieved_on": one["achieved_on"].isoformat(), "settled": None}
        if any(row.get(key) != full[key] for key in full) or states.get(number, (0, ""))[1] != "verified":
            raise Wrong(f"claim {number} is not as it was handed in, or not verified")


def minor(amount: str | Fraction, currency: str) -> int:
    """Whole minor units of an amount, rounded down."""
    return math.floor(Fraction(amount) * Fraction(10) ** DECIMALS.get(currency, 2))


def known(kind: str, node: Node) -> Node:
    """A part of the contract, if every word of it is one that this file understands."""
    if strange := set(node) - KEYS.get(kind, set()) - NEUTRAL:
        raise Unknown(f"“{kind}” with {', '.join(sorted(strange))}")
    return node


def exactly(found: list[Any]) -> Fraction:
    """The last of what was found; nothing is paid where there is none."""
    if not found:
        raise Hold("something not measured")
    return Fraction(found[-1])


def dated(value: Any, day: Any) -> Fraction:
    """A number, or the one of dated numbers that holds on a day."""
    steps = value if isinstance(value, list) else [{"value": value}]
    return exactly([step["value"] for step in steps if "from" not in step or step["from"] <= day])


class Rule:
    """One payment's rule on the facts; ``settled`` are the places of outcomes that were paid for before."""

    def __init__(self, doc: Node, given: Node, settled: set[int]) -> None:
        """Count what may be paid, unit by unit: what was settled first, then by day."""
        self.doc, self.day, self.measured = doc, given["as_of"], given.get("quantities", {})
        self.metrics = {each["id"]: known("metric", each) for each in doc["metric"]}
        self.units: dict[str, list[tuple[str, Any, Any]]] = {name: [] for name in self.metrics}
        used: dict[tuple[str, str], int] = {}
        rows = sorted(enumerate(given.get("outcomes", [])), key=lambda r: (r[0] not in settled, r[1]["achieved_on"]))
        for place, one in rows:
            name, pair, day = one["metric"], (one["person"], one["metric"]), one["achieved_on"]
            repeats = self.metrics[name].get("repeats", "once per person")
            most = {"once per person": 1, "without limit": 10**18}.get(str(repeats)) or int(repeats)
            if self.metrics[name]["window"]["opens"] <= day <= self.metrics[name]["window"]["closes"]:
                room = max(0, min(one.get("count", 1), most - used.get(pair, 0)))
                used[pair] = used.get(pair, 0) + room
                self.units[name] += [(one["person"], day, one.get("group"))] * (place not in settled) * room

    def claimed(self, name: Any) -> bool:
        """Whether this is a metric whose claims are counted."""
        metric = self.metrics.get(name, {}) if isinstance(name, str) else {}
        return name not in self.measured and bool(metric.get("counted_from") == "claims")

    def quantity(self, node: Any) -> Fraction:
        """What a quantity is worth."""
        named = self.doc.get("quantity", {})
        if isinstance(node, str) and (node in self.measured or node not in named):
            counted = [len(self.units[node])] if self.claimed(node) else []
            return exactly([self.measured[node]["value"]] if node in self.measured else counted)
        node = named[node] if isinstance(node, str) else node
        kind = known(node["kind"], node)["kind"]
        if kind in ("count", "people") and self.claimed(node["metric"]):
            mine = [unit[0] for unit in self.units[node["metric"]] if node.get("group") in (None, unit[2])]
            return Fraction(len(set(mine) if kind == "people" else mine))
        if kind in ("number", "sum", "product"):
            parts = [self.quantity(part) for part in node.get("of", ())]
            plain = math.prod(parts, start=Fraction(1)) if kind == "product" else sum(parts, Fraction(0))
            return dated(node["value"], self.day) if kind == "number" else plain
        if kind not in ("table", "limit", "whole steps", "difference", "ratio"):
            raise Unknown(f"“{kind}” of these facts")
        of, other = self.quantity(node["of"]), [self.quantity(node[key]) for key in ("less", "to") if key in node]
        if kind in ("table", "limit"):
            return looked_up(node, of, "value") if kind == "table" else between(of, node)
        if kind == "difference":
            return of - other[0]
        return of / other[0] if kind == "ratio" else Fraction(math.floor(of / Fraction(node["step"])))

    def condition(self, node: Any) -> bool:
        """Whether a condition holds."""
        node = self.doc["condition"][node] if isinstance(node, str) else node
        kind = known(node["kind"], node)["kind"]
        if kind in ("all", "any", "none"):
            answers = [self.condition(part) for part in node["of"]]
            return {"all": all(answers), "any": any(answers), "none": not any(answers)}[kind]
        if kind == "on or after":
            return bool(self.day >= node["day"])
        off = self.quantity(node["quantity"]) - dated(node["value"], self.day)
        words = {"at least": off >= 0, "more than": off > 0, "at most": off <= 0, "less than": off < 0}
        return off == 0 if node["is"] == "equal to" else words[node["is"]]

    def amount(self, node: Any) -> Fraction:
        """What an amount is worth, exact, in major units."""
        node = self.doc["amount"][node] if isinstance(node, str) else node
        kind = known(node["kind"], node)["kind"]
        if kind in ("sum", "smallest", "largest"):
            values = [self.amount(part) for part in node["of"]]
            return {"sum": sum(values, Fraction(0)), "smallest": min(values), "largest": max(values)}[kind]
        if kind == "when":
            return self.amount(node["then"] if self.condition(node["condition"]) else node["otherwise"])
        if kind in ("table", "marginal bands"):
            of = self.quantity(node["of"])
            return looked_up(node, of, "amount") if kind == "table" else in_bands(node["bands"], of)
        if kind == "fixed":
            return dated(node["amount"], self.day)
        if kind in ("limit", "times", "share"):
            of = self.amount(node["of"])
            by = self.quantity(node["by"]) if kind == "times" else Fraction(node.get("share", "1"))
            return between(of, node) if kind == "limit" else of * by
        if kind != "price":
            raise Unknown(f"“{kind}”")
        if isinstance(node["price"], list) and self.claimed(node["of"]):
            return sum((dated(node["price"], unit[1]) for unit in self.units[node["of"]]), Fraction(0))
        if isinstance(node["price"], list) and node["of"] not in self.measured:
            raise Unknown("dated prices of something that is no metric")
        return self.quantity(node["of"]) * dated(node["price"], self.day)


def between(value: Fraction, node: Node) -> Fraction:
    """A value held between two bounds."""
    value = max(value, Fraction(node.get("at_least", value)))
    return min(value, Fraction(node.get("at_most", value)))


def looked_up(node: Node, value: Fraction, field: str) -> Fraction:
    """The value of a table's row."""
    if node.get("shape", "step") not in ("step", "linear"):
        raise Unknown(f"a table of the shape {node['shape']}")
    found = Fraction(node["below"])
    for row in node["rows"]:
        start = Fraction(known("step", row)["from"])
        if value > start or (value == start and node["boundary"] == "lower bound inclusive"):
            found = Fraction(row[field]) + Fraction(row.get("rise", "0")) * (value - start)
    return found


def in_bands(bands: list[Node], value: Fraction) -> Fraction:
    """Each part of a quantity at the price of its band."""
    total, paid = Fraction(0), Fraction(0)
    for band in bands:
        upto = max(paid, min(value, Fraction(band["up_to"])) if "up_to" in known("band", band) else value)
        total, paid = total + (upto - paid) * Fraction(band["price"]), upto
    return total


def rounded(exact: Fraction, how: str) -> int:
    """A whole number, as the contract rounds."""
    low, high = math.floor(exact), math.ceil(exact)
    toward, away = sorted((low, high), key=abs)
    tie = {"half up": away, "half down": toward, "half even": low + low % 2}
    plain = {"floor": low, "ceiling": high, "down": toward, "up": away}
    return plain[how] if how in plain else tie[how] if exact - low == Fraction(1, 2) else round(exact)


def divided(amount: int, payment: Node) -> dict[str, int]:
    """Everybody's whole part, then the pennies left to whoever is short of most, earlier names first."""
    shares = payment.get("payers") or [{"payer": payment["payer"], "share": "1"}]
    if any(set(share) != {"payer", "share"} or isinstance(share["share"], list) for share in shares):
        raise Unknown("payers in an order, or with dated shares")
    due = [amount * Fraction(each["share"]) / sum(Fraction(one["share"]) for one in shares) for each in shares]
    parts = [math.floor(part) for part in due]
    while sum(parts) < amount:
        short = [exact - part for exact, part in zip(due, parts, strict=True)]
        parts[short.index(max(short))] += 1
    return {share["payer"]: part for share, part in zip(shares, parts, strict=True)}


def owed(doc: Node, given: Node, settled: dict[str, list[int]]) -> dict[tuple[str, str], int]:
    """What each payer pays on each payment, in minor units."""
    doc = known("the file", doc) | {
        key: [{**shared, **each} for each in doc.get(key, [])] for key, shared in doc.get("defaults", {}).items()
    }
    payments = [known("payment", each) for each in doc.get("payment", [])]
    for card in doc.get("rate_card", []):
        for row in known("rate_card", card)["rows"]:
            price = {"kind": "price", "price": known("row", row)["price"], "of": row["metric"]}
            payments.append({**card, "id": row["metric"], "metric": row["metric"], "amount": price})
    currency, amounts = doc["contract"]["currency"], dict[str, int]()
    before = {each["id"]: minor(given.get("paid_before", {}).get(each["id"], "0"), currency) for each in payments}
    for payment in payments:
        name, in_total = payment["id"], payment.get("settles") == "in total"
        try:
            exact = Rule(doc, given, set() if in_total else set(settled.get(name, ()))).amount(payment["amount"])
            gross = rounded(exact * 10 ** DECIMALS.get(currency, 2), doc["contract"]["rounding"])
        except Hold:
            gross = 0
        room = [gross - before[name] * in_total]
        if payment["cap"] != "none":
            room.append(minor(dated(payment["cap"], given["as_of"]), currency) - before[name])
        amounts[name] = max(0, min(room))
    for cap in doc.get("cap", []):
        over = list(amounts) if known("cap", cap)["over"] == "all payments" else cap["over"]
        left = minor(dated(cap["amount"], given["as_of"]), currency) - sum(before[name] for name in over)
        for name in over:
            amounts[name] = min(amounts[name], max(0, left))
            left -= amounts[name]
    parts = {each["id"]: divided(amounts[each["id"]], each) for each in payments}
    return {(name, payer): part for name, payers in parts.items() for payer, part in payers.items()}


def check(content: bytes) -> tuple[int, list[str]]:
    """The exit code, and what was found in words."""
    said = [f"sha256 of the pack: {hashlib.sha256(content).hexdigest()}"]
    try:
        files = opened(content)
        audit, told = json.loads(files["audit.json"]), json.loads(files["claims.json"])
        tables, contract = proven(audit), files["contract.toml"].decode()
        given = tomllib.loads(files["case.toml"].decode())["given"]
        check_facts(tables, given, told["claims"], contract)
        said.append(f"every byte is as packed; witness: {audit['size']}:{audit['tree_head']}")
        said.append(f"contract, claims, results and statement are those of {len(audit['events'])} events in that tree")
        stated: dict[tuple[str, str], int] = {}
        for row in tables["statement_line"].values():
            pair = row["payment"], row["payer"]
            stated[pair] = stated.get(pair, 0) + row["amount_minor"]
        if told["versions"] != 1:
            raise Unknown("a contract with amendments")  # noqa: TRY301
        found = owed(tomllib.loads(contract), given, told["settled"])
        if found != stated:
            raise Wrong(f"worked out again: {sum(found.values())}, but {sum(stated.values())} are stated")  # noqa: TRY301
    except Wrong as wrong:
        return 1, [*said, f"DOES NOT HOLD: {wrong}"]
    except (Unknown, Hold) as unknown:
        return 2, [*said, f"the hashes hold; the payment is NOT worked out again: this file does not know {unknown}"]
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        return 1, [*said, f"DOES NOT HOLD: the pack is not in order ({type(error).__name__})"]
    return 0, [*said, f"worked out again: {len(found)} payments, {sum(found.values())} minor units, as stated"]


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - no more of the library than needed
        code, words = check(file.read())
    sys.stdout.write("\n".join(words) + "\n")
    sys.exit(code)
