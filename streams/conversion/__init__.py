"""Reports to Meta on their way: person.py who it was, prepare.py what is sent of it, dispatch.py in which batch."""
