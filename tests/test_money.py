"""Values: money is read, rounded, split and written exactly."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.money import Money, Rounding, decimal_text, exponent, major, minor_units, quantise, round_exact, show, split

CURRENCIES = ["GBP", "USD", "JPY", "KWD", "CLF", "HRK"]
ORACLE = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_DOWN: ROUND_HALF_DOWN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
}
NEAREST = (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.HALF_DOWN)

examples = settings(deadline=None, max_examples=200)
modes = st.sampled_from(Rounding)
minors = st.integers(-(10**18) + 1, 10**18 - 1)
fractions = st.builds(Fraction, st.integers(-(10**15), 10**15), st.integers(1, 10**6))
shares = st.lists(st.one_of(st.integers(0, 10**6), st.fractions(0, 10)), min_size=1, max_size=12).filter(any)


def codes(error: pytest.ExceptionInfo[NotValid]) -> list[str]:
    return [problem.code for problem in error.value.problems]


# --- rounding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # of -2.5, -1.5, -0.5, 0.5, 1.5, 2.5
        ("half up", [-3, -2, -1, 1, 2, 3]),
        ("half even", [-2, -2, 0, 0, 2, 2]),
        ("half down", [-2, -1, 0, 0, 1, 2]),
        ("down", [-2, -1, 0, 0, 1, 2]),
        ("up", [-3, -2, -1, 1, 2, 3]),
        ("floor", [-3, -2, -1, 0, 1, 2]),
        ("ceiling", [-2, -1, 0, 1, 2, 3]),
    ],
)
def test_ties_go_where_the_contracts_word_says(mode: str, expected: list[int]) -> None:
    ties = [Fraction(odd, 2) for odd in (-5, -3, -1, 1, 3, 5)]
    assert [round_exact(tie, Rounding(mode)) for tie in ties] == expected


@examples
@given(st.integers(-(10**20), 10**20), st.integers(0, 6), modes)
def test_rounding_agrees_with_decimal_arithmetic(digits: int, places: int, mode: Rounding) -> None:
    value = Decimal(digits).scaleb(-places, Context(prec=60))
    oracle = value.quantize(Decimal(1), rounding=ORACLE[mode], context=Context(prec=60))
    assert round_exact(Fraction(value), mode) == int(oracle)


@examples
@given(fractions, modes)
def test_rounding_moves_less_than_one_and_to_the_nearest_where_it_says_so(value: Fraction, mode: Rounding) -> None:
    distance = abs(round_exact(value, mode) - value)
    assert distance <= Fraction(1, 2) if mode in NEAREST else distance < 1


@examples
@given(fractions, modes)
def test_a_negative_rounds_as_the_mirror_image_with_floor_and_ceiling_swapped(value: Fraction, mode: Rounding) -> None:
    swapped = {Rounding.FLOOR: Rounding.CEILING, Rounding.CEILING: Rounding.FLOOR}.get(mode, mode)
    assert round_exact(-value, mode) == -round_exact(value, swapped)


@pytest.mark.parametrize("mode", Rounding)
def test_whole_numbers_of_any_size_stay_as_they_are(mode: Rounding) -> None:
    assert round_exact(Fraction(-(10**40) - 1), mode) == -(10**40) - 1


def test_an_estimate_is_quantised_to_the_decimals_of_the_contract() -> None:
    assert quantise(Fraction("0.38249"), 3, Rounding.HALF_UP) == Fraction("0.382")
    assert quantise(Fraction("0.3825"), 3, Rounding.HALF_UP) == Fraction("0.383")
    assert quantise(Fraction("0.3825"), 3, Rounding.HALF_EVEN) == Fraction("0.382")
    assert quantise(Fraction(-2, 3), 2, Rounding.FLOOR) == Fraction("-0.67")
    assert quantise(Fraction(1250), -2, Rounding.HALF_EVEN) == 1200


@examples
@given(fractions, st.integers(-3, 8), modes)
def test_quantising_twice_changes_nothing_more(value: Fraction, places: int, mode: Rounding) -> None:
    once = quantise(value, places, mode)
    assert quantise(once, places, mode) == once
    assert (once * Fraction(10) ** places).denominator == 1


# --- decimals as text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(5), "5"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(1, 8), "0.125"),
        (Fraction(3, 625), "0.0048"),
        (Fraction(10**30), "1" + "0" * 30),
        (Fraction(1, 10**12), "0.000000000001"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-5, 6), "-5/6"),
    ],
)
def test_a_fraction_is_written_exactly(value: Fraction, text: str) -> None:
    assert decimal_text(value) == text


def test_a_fraction_is_shown_with_the_decimals_asked_for() -> None:
    assert decimal_text(Fraction(5), 2) == "5.00"
    assert decimal_text(Fraction(2, 3), 4) == "0.6667"
    assert decimal_text(Fraction(-1, 8), 2) == "-0.13"
    assert decimal_text(Fraction(-1, 1000), 2) == "0.00"
    assert decimal_text(Fraction(7, 2), 0) == "4"


@examples
@given(st.one_of(fractions, st.decimals(allow_nan=False, allow_infinity=False, places=9).map(Fraction)))
def test_exact_text_reads_back_as_the_same_fraction(value: Fraction) -> None:
    text = decimal_text(value)
    assert Fraction(text) == value
    assert "e" not in text.lower()


# --- currencies, reading and writing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("UGX", 0), ("KWD", 3), ("CLF", 4), ("HRK", 2), ("BYR", 0)],
)
def test_a_currency_has_the_decimals_of_iso_4217_also_after_it_was_withdrawn(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("currency", "mend"),
    [("usd", "Write USD."), (" GBP", "Write GBP."), ("XAU", "Look the code up in ISO 4217."), ("£" * 99, "Look")],
)
def test_an_unknown_currency_is_refused_with_what_to_write(currency: str, mend: str) -> None:
    with pytest.raises(NotValid) as error:
        exponent(currency)
    (problem,) = error.value.problems
    assert problem.code == "money.unknown-currency"
    assert problem.expected == "a three-letter code such as GBP, EUR or USD"
    assert problem.mend.startswith(mend)
    assert problem.value == (currency if len(currency) < 40 else "£" * 40 + "…")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("188349.84", "USD", 18_834_984),
        ("-0.5", "GBP", -50),
        ("-0", "GBP", 0),
        ("007.10", "GBP", 710),
        (5, "GBP", 500),
        (-3, "KWD", -3000),
        ("1000", "JPY", 1000),
        ("0.0001", "CLF", 1),
        ("9999999999999999.99", "EUR", 10**18 - 1),
    ],
)
def test_an_amount_is_read_as_minor_units(text: str | int, currency: str, minor: int) -> None:
    assert minor_units(text, currency) == minor


NOT_AMOUNTS = [
    *["", " 5", "5 ", "5\n", "1,000", "1 000", "1_000", "1e3", "1E3", "NaN", "inf", "+5", "--5", ".5", "5.", "1.2.3"],
    *["£5", "0x10", "٣", "５", "1/3", "−5", True, 5.0, None],
]


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(NotValid) as error:
        minor_units(text, "GBP")
    (problem,) = error.value.problems
    assert problem.code == "money.not-an-amount"
    assert problem.value == (text if isinstance(text, str) else repr(text))
    assert "in TOML and JSON put it in quotes" in problem.mend


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("1.005", "GBP", "at most 2 decimals"),
        ("1.500", "GBP", "at most 2 decimals"),
        ("1.0", "JPY", "no decimals"),
        ("1.2345", "KWD", "at most 3 decimals"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(text: str, currency: str, expected: str) -> None:
    with pytest.raises(NotValid) as error:
        minor_units(text, currency)
    (problem,) = error.value.problems
    assert (problem.code, problem.value, problem.expected) == ("money.too-many-decimals", text, expected)
    assert problem.mend == "Round it as the contract says before it is written here."


@pytest.mark.parametrize("text", ["10000000000000000.00", "9" * 5000])
def test_an_amount_longer_than_any_register_holds_is_refused(text: str) -> None:
    with pytest.raises(NotValid) as error:
        minor_units(text, "EUR")
    (problem,) = error.value.problems
    assert problem.code == "money.too-large"
    assert problem.expected == "at most 16 digits before the decimal point in EUR"
    assert len(problem.value or "") <= 41


def test_a_wrong_amount_in_an_unknown_currency_tells_both() -> None:
    with pytest.raises(NotValid) as error:
        minor_units("1,5", "EURO")
    assert codes(error) == ["money.unknown-currency", "money.not-an-amount"]
    with pytest.raises(NotValid) as error:
        minor_units("1.5", "EURO")
    assert codes(error) == ["money.unknown-currency"]


def test_minor_units_are_written_for_files_and_for_people() -> None:
    assert major(18_834_984, "USD") == "188349.84"
    assert major(-5, "GBP") == "-0.05"
    assert major(1000, "JPY") == "1000"
    assert show(18_834_984, "USD") == "USD 188,349.84"
    assert show(-123_456_789, "GBP") == "GBP -1,234,567.89"
    assert show(1_000_000, "JPY") == "JPY 1,000,000"


@examples
@given(minors, st.sampled_from(CURRENCIES))
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    text = major(minor, currency)
    assert minor_units(text, currency) == minor
    assert show(minor, currency).replace(",", "") == f"{currency} {text}"


# --- splitting --------------------------------------------------------------------------------------------------------


def test_the_odd_penny_goes_to_the_largest_remainder_and_a_tie_to_the_earlier() -> None:
    assert split(100, [1, 1, 1]) == (34, 33, 33)
    assert split(-100, [1, 1, 1]) == (-34, -33, -33)
    assert split(10, [Fraction("0.15"), Fraction("0.85")]) == (2, 8)
    assert split(5, [3, 0, 3, 1]) == (2, 0, 2, 1)
    assert split(1, [0, 2, 7]) == (0, 0, 1)
    assert split(0, [1, 2]) == (0, 0)


@examples
@given(minors, shares)
def test_parts_add_up_and_none_is_a_whole_unit_off(total: int, among: list[Fraction | int]) -> None:
    parts = split(total, among)
    assert sum(parts) == total
    whole = sum(among, Fraction(0))
    assert all(abs(part - total * Fraction(share) / whole) < 1 for part, share in zip(parts, among, strict=True))
    assert all(part == 0 for part, share in zip(parts, among, strict=True) if share == 0)
    assert split(-total, among) == tuple(-part for part in parts)


@examples
@given(st.integers(0, 10**9), shares, st.integers(1, 1000))
def test_only_the_proportion_of_shares_matters(total: int, among: list[Fraction | int], factor: int) -> None:
    assert split(total, among) == split(total, [share * factor for share in among])


@pytest.mark.parametrize("among", [[], [0, 0], [1, -1, 1], [0.5, 0.5]])
def test_shares_that_split_nothing_are_refused(among: list[int]) -> None:
    with pytest.raises(ValueError, match="shares must be exact, not negative, and not all zero"):
        split(100, among)


# --- Money ------------------------------------------------------------------------------------------------------------


def test_money_of_one_currency_adds_and_compares() -> None:
    more, less = Money(500, "GBP"), Money(120, "GBP")
    assert more + less == Money(620, "GBP")
    assert more - less == Money(380, "GBP")
    assert -more == Money(-500, "GBP")
    assert less < more and less <= more and more > less and more >= less
    assert not more < less and not more <= less and not less > more and not less >= more
    assert more >= Money(500, "GBP") and more <= Money(500, "GBP")
    assert not more > Money(500, "GBP") and not more < Money(500, "GBP")
    assert len({more, Money(500, "GBP")}) == 1
    assert (str(more), more.text) == ("GBP 5.00", "5.00")


@pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_money_of_two_currencies_does_not_mix(act: str) -> None:
    with pytest.raises(TypeError, match="GBP and EUR cannot be put together"):
        getattr(Money(1, "GBP"), act)(Money(1, "EUR"))
    with pytest.raises(TypeError, match="money goes only with money, not with int"):
        getattr(Money(1, "GBP"), act)(1)
    assert Money(1, "GBP") != Money(1, "EUR")


@pytest.mark.parametrize("minor", [1.0, True, "1", Fraction(1)])
def test_money_is_made_of_whole_minor_units(minor: int) -> None:
    with pytest.raises(TypeError, match="minor units are whole numbers"):
        Money(minor, "GBP")


def test_money_needs_a_known_currency() -> None:
    with pytest.raises(NotValid) as error:
        Money(1, "XYZ")
    assert codes(error) == ["money.unknown-currency"]
