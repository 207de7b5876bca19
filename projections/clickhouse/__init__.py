"""Analytics in ClickHouse: every accepted record of [events] once, as one row without personal data.

measures.py   which field of which event becomes which column (one screen), columns.py their types
rows.py       commit → rows, pure
plan.py       commits → planned blocks, pure
projection.py blocks → ClickHouse, exactly once; store.py the statements, projector.py the running shell
tables.py     a generation's tables, views.py, selling.py and closing.py what analysts see
generations.py which generation that is
rebuild.py    the next generation from offset 0
"""
