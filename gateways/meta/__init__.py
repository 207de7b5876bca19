"""Meta's Conversions API: what a company tells Meta of a lead, checked here before it is sent.

user.py, normalise.py   who it was: hashes, byte for byte as Meta's own SDK makes them
event.py, money.py      what happened
check.py, rules.py      every reason for which Meta would refuse it; only a `Ready` event can be sent
source.py, quality.py   which action source it may have, and what would find its person better
client.py, errors.py    one request, with its outcome named; causes.py says in plain words why and what to do
bisection.py            whose fault a refused batch is; deliver.py runs it
"""
