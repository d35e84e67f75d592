"""What was sold, and the sums that follow from it to the cent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from specimens.companies import Dice
from specimens.layouts import Layout
from specimens.writing import Language, cents, read_words

_RATES = {
    "fr": ("20", "10", "5.5", "2.1"), "de": ("19", "7"), "en": ("23", "13.5", "9"),
    "GBP": ("20", "5"), "USD": ("8.25", "6", "7.5", "8.875", "4"), "CHF": ("8.1", "2.6"),
    "CAD": ("5", "13"), "AUD": ("10",), "MYR": ("6",), "INR": ("18", "12", "5"),
}  # fmt: skip
ZERO = Decimal(0)


@dataclass(frozen=True)
class Item:
    """One line of an invoice; `price` and `amount` are net unless the sale is gross."""

    description: str
    details: tuple[str, ...]
    code: str
    quantity: Decimal
    unit: str
    price: Decimal
    reduction: Decimal
    rate: Decimal
    amount: Decimal
    section: str = ""


@dataclass(frozen=True)
class Sale:
    """All items and the sums below them; `rates` holds (rate, base, tax).

    `goods` is the sum of the items as they are printed. `exempt` means that no tax is due, and
    that the page says so.
    """

    items: tuple[Item, ...]
    gross: bool
    rates: tuple[tuple[Decimal, Decimal, Decimal], ...]
    goods: Decimal
    discount: Decimal
    shipping: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    exempt: bool

    @property
    def due(self) -> Decimal:
        """What is left to pay."""
        return self.total - self.paid


@dataclass(frozen=True)
class Terms:
    """What a layout lets a sale hold."""

    layout: Layout
    language: Language
    currency: str

    def legal(self) -> tuple[Decimal, ...]:
        """Return the rates of the country."""
        key = self.currency if self.currency in _RATES else self.language
        return tuple(Decimal(rate) for rate in _RATES[key])


def sale(dice: Dice, terms: Terms) -> Sale:
    """Return a sale whose sums hold to the cent."""
    layout = terms.layout
    exempt = dice.chance(0.08)
    gross = layout.chance("gross", 0.15) and terms.currency != "USD" and not exempt
    legal = terms.legal()
    mixed = dice.chance(0.35) and terms.currency != "USD"
    offered = [ZERO] if exempt else list(legal[: dice.integer(2, 3)]) if mixed else [legal[0]]
    if terms.currency == "USD" and not exempt:
        offered = [dice.pick(legal)]
    items = _items(dice, terms, offered)
    goods = sum((item.amount for item in items), ZERO)
    discount = shipping = ZERO
    if not gross:
        if layout.chance("has.discount", 0.25) and dice.chance(0.5):
            discount = cents(goods * dice.integer(1, 10) / 100)
        if layout.chance("has.shipping", 0.3) and dice.chance(0.6):
            shipping = Decimal(
                dice.pick(["4.90", "5.90", "7.50", "9.99", "12.00", "15.00", "24.80"])
            )
    rates = _taxes(items, gross, shipping - discount)
    tax = sum((tax for _, _, tax in rates), ZERO)
    total = goods if gross else goods - discount + shipping + tax
    paid = ZERO
    if layout.chance("has.paid", 0.35) and dice.chance(0.6):
        share = dice.pick([10, 20, 25, 30, 40, 50, 50, 100])
        paid = total if share == 100 else cents(total * share / 100)
    return Sale(
        tuple(items), gross, rates, goods, discount, shipping, total - tax, tax, total, paid, exempt
    )


def negative(made: Sale) -> Sale:
    """Return a sale with all amounts and quantities below zero, as some credit notes print it."""
    items = tuple(replace(i, quantity=-i.quantity, amount=-i.amount) for i in made.items)
    return replace(
        made,
        items=items,
        rates=tuple((rate, -base, -tax) for rate, base, tax in made.rates),
        goods=-made.goods, discount=-made.discount, shipping=-made.shipping, net=-made.net,
        tax=-made.tax, total=-made.total, paid=-made.paid,
    )  # fmt: skip


def _taxes(
    items: list[Item], gross: bool, extra: Decimal
) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
    """Return (rate, base, tax); what is added to the goods follows the rate of the largest base."""
    sums: dict[Decimal, Decimal] = {}
    for item in items:
        sums[item.rate] = sums.get(item.rate, ZERO) + item.amount
    main = max(sums, key=lambda rate: sums[rate])
    sums[main] += extra
    found = []
    for rate in sorted(sums, reverse=True):
        base = cents(sums[rate] / (1 + rate / 100)) if gross else sums[rate]
        tax = sums[rate] - base if gross else cents(base * rate / 100)
        found.append((rate, base, tax))
    return tuple(found)


def _items(dice: Dice, terms: Terms, offered: list[Decimal]) -> list[Item]:
    layout = terms.layout
    many = dice.pick([1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12])
    if layout.chance("long", 0.12):
        many = dice.integer(18, 60)
    sections: list[str] = []
    if layout.chance("sections", 0.12) and many > 3:
        names = read_words("goods.toml")[terms.language]["sections"]
        start = dice.integer(0, len(names) - 1)
        sections = [names[(start + i) % len(names)] for i in range(dice.integer(2, 3))]
    made = []
    for place in range(many):
        section = sections[place * len(sections) // many] if sections else ""
        made.append(_item(dice, terms, dice.pick(offered), section))
    return made


def _item(dice: Dice, terms: Terms, rate: Decimal, section: str) -> Item:
    layout = terms.layout
    words = read_words("goods.toml")[terms.language]
    service = layout.chance("services", 0.4)
    name = dice.pick(words["services" if service else "goods"])
    if dice.chance(0.35):
        name = f"{name}{dice.pick([' ', ', ', ' - ', ' '])}{_filled(dice, words['adjectives'])}"
    details: tuple[str, ...] = ()
    if layout.chance("details", 0.3) and dice.chance(0.6):
        count = 1 if dice.chance(0.7) else 2
        details = tuple(_filled(dice, words["details"]) for _ in range(count))
    quantity = Decimal(dice.pick([1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 20, 50, 100, 250]))
    if layout.chance("fractions", 0.3) and dice.chance(0.4):
        quantity = Decimal(dice.integer(1, 400)) / dice.pick([2, 4, 10, 100])
    price = _price(dice, terms, service)
    reduction = ZERO
    if layout.chance("column.reduction", 0.15) and dice.chance(0.4):
        reduction = Decimal(dice.pick(["5", "10", "15", "20", "2.5", "3", "50"]))
    amount = cents(quantity * price * (100 - reduction) / 100)
    code = layout.choose("code.form", ["{a}{d}", "{d}", "{a}-{d}", "{d}.{e}", "{a}{e}-{d}", "{d}"])
    code = code.format(
        a=dice.pick(["AB", "REF", "K", "ZX", "PR"]), d=dice.digits(5), e=dice.digits(2)
    )
    unit = dice.pick(words["units"])
    return Item(name, details, code, quantity, unit, price, reduction, rate, amount, section)


def _price(dice: Dice, terms: Terms, service: bool) -> Decimal:
    scale = dice.pick([1, 10, 10, 100, 100, 1000] if service else [1, 1, 10, 10, 100, 1000])
    raw = Decimal(dice.integer(100, 999)) / 100 * scale
    if terms.layout.chance("price.fine", 0.12):
        return raw + Decimal(dice.integer(0, 9999)) / 10000
    if dice.chance(0.4):
        return Decimal(int(raw) or 1)
    return raw + Decimal(dice.pick(["0", "0.05", "0.09", "0.5"])) if scale > 1 else raw


def _filled(dice: Dice, options: list[str]) -> str:
    return str(dice.pick(options)).format(n=dice.digits(dice.integer(2, 5)), m=dice.integer(1, 8))
