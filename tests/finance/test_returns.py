"""finance: XIRR, MOIC, DPI, RVPI and TVPI by tranche and investor, and the words for each kind of answer."""

from datetime import date
from fractions import Fraction

import pytest

from sib.finance.returns import TrancheFlow, by_investor, by_tranche, rate_words, returns, returns_words
from sib.xirr import Return, ReturnKind
from tests.finance.deals import deal, step, tranche

ONE, TWO, THREE = date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1)


def flow(kind: str, amount: int, on: date = ONE, of: str = "senior") -> TrancheFlow:
    return TrancheFlow(of, on, kind, amount)  # type: ignore[arg-type]


def test_a_loan_repaid_with_a_tenth_more_after_a_year() -> None:
    found = returns([flow("principal", 1000, TWO), flow("drawdown", 1000), flow("return", 100, TWO)])
    assert found.rate.rate == pytest.approx(0.1, abs=1e-12), "365 days"
    assert (found.paid_in, found.paid_out, found.residual) == (1000, 1100, 0)
    assert (found.moic, found.dpi, found.rvpi, found.tvpi) == (Fraction(11, 10), Fraction(11, 10), 0, Fraction(11, 10))
    assert returns_words(found) == "10.00 % a year, MOIC 1.10, DPI 1.10, RVPI 0.00, TVPI 1.10"


def test_what_is_still_out_is_worth_its_face_unless_told_otherwise() -> None:
    flows = [flow("drawdown", 1000), flow("return", 50, TWO), flow("principal", 400, TWO), flow("retained", 9, TWO)]
    face = returns(flows)
    assert (face.residual, face.dpi, face.rvpi, face.tvpi) == (
        600,
        Fraction(45, 100),
        Fraction(6, 10),
        Fraction(105, 100),
    )
    assert face.rate.rate == pytest.approx(0.05, abs=1e-12), "1,050 after 365 days"
    told = returns(flows, 770, THREE)
    assert (told.rvpi, told.tvpi, told.moic) == (Fraction(77, 100), Fraction(122, 100), Fraction(122, 100))
    # 1000 (1+r)² = 450 (1+r) + 770 at 1+r = 1.1308…: 1278.8 = 508.9 + 770
    assert told.rate.rate is not None
    assert 1000 * (1 + told.rate.rate) ** 2 == pytest.approx(450 * (1 + told.rate.rate) + 770)
    with pytest.raises(ValueError, match="less than nought"):
        returns(flows, -1)


def test_a_payment_taken_back_counts_as_money_in_for_moic_and_less_money_out_for_dpi() -> None:
    found = returns([flow("drawdown", 1000), flow("return", 300, TWO), flow("return", -100, THREE)], 0)
    assert found.dpi == Fraction(200, 1000)
    assert found.moic == Fraction(300, 1100)


@pytest.mark.parametrize(
    ("flows", "kind", "words"),
    [
        ([flow("return", 5)], ReturnKind.NO_SIGN_CHANGE, "nothing was paid in"),
        ([flow("drawdown", 5)], ReturnKind.TOTAL_LOSS, "-100 % a year: nothing came back"),
        ([flow("drawdown", 5), flow("return", 9)], ReturnKind.SAME_DAY, "on one day"),
        ([flow("drawdown", 5), flow("principal", 5), flow("return", 5, TWO)], ReturnKind.NO_SIGN_CHANGE, "nothing was"),
    ],
)
def test_where_there_is_no_rate_it_is_said_why(flows: list[TrancheFlow], kind: ReturnKind, words: str) -> None:
    found = returns(flows, 0)
    assert found.rate.kind is kind
    assert words in rate_words(found.rate)


def test_nothing_paid_in_has_no_multiples() -> None:
    found = returns([flow("return", 5)])
    assert (found.moic, found.dpi, found.rvpi, found.tvpi) == (None, None, None, None)
    assert returns_words(found).startswith("no rate of return")
    assert returns([]).rate.kind is ReturnKind.NO_SIGN_CHANGE


def test_several_rates_are_all_told() -> None:
    # -100, 230, -132 balances at 10 % and at 20 %: 230 = 110 + 120, 132 = 1.1 x 1.2 x 100
    found = returns([flow("drawdown", 100), flow("return", 230, TWO), flow("return", -132, THREE)], 0)
    assert found.rate.kind is ReturnKind.SEVERAL_ROOTS
    assert "10.00 % and 20.00 % all balance the flows" in rate_words(found.rate)


def test_no_root_is_said() -> None:
    assert "none balances" in rate_words(Return(None, ReturnKind.NO_ROOT))


def test_by_tranche_and_by_investor() -> None:
    contract = deal(step("principal"), tranches=[tranche("senior"), tranche("junior"), tranche("own", party="first")])
    flows = [
        flow("drawdown", 1000),
        flow("principal", 1000, TWO),
        flow("drawdown", 500, of="junior"),
        flow("return", 30, TWO, "own"),
        flow("return", 7, TWO, "of another contract"),
    ]
    tranches = by_tranche(contract, flows)
    assert list(tranches) == ["senior", "junior", "own"]
    assert (tranches["junior"].residual, tranches["senior"].residual) == (500, 0)
    parties = by_investor(contract, flows)
    assert list(parties) == ["first", "provider"], "in the contract's order"
    assert parties["provider"].residual == 500, "of the junior alone"
    assert parties["provider"].tvpi == 1
    over = by_investor(contract, flows, ended=True)["provider"], by_tranche(contract, flows, ended=True)["junior"]
    assert [each.residual for each in over] == [0, 0]
    assert over[0].dpi == Fraction(1000, 1500)
