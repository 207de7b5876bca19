"""The trail of a lead: what led to what, from the ad to what the ad's platform said, each event with its place on the
chain.

steps.py   which event is which step, and what it stands on
chain.py   rows of the journal → the commits of the chain that they stand in, pure
graph.py   events → nodes, edges, and what lies outside, pure
reader.py  a lead's trail from a generation
"""
