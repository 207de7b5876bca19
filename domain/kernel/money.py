"""Amounts of money: whole numbers of a currency's smallest unit, and the currencies that there are.

Source: ISO 4217 list one (tables A.1 and A.2) of SIX Group, as published on 2026-01-01; without the codes that have no
smallest unit (metals, tests, baskets), for nothing can be priced in them. A code that is withdrawn later stays in the
log: who reads an old amount must not need this table.
"""

from __future__ import annotations

from typing import Final

_CODES: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
    "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV "
    "MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_DIGITS: Final[dict[str, int]] = {code: digits for digits, codes in _CODES.items() for code in codes.split()}
"""Currency → digits after the decimal point: 12.34 EUR are 1234, 12 JPY are 12."""

MAX_AMOUNT: Final = 10**12
"""In the smallest unit: more than any sale, and nine thousand of them still add up to an integer that every reader of
JSON knows exactly (2^53)."""
