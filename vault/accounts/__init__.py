"""Who logs in and with what. A user is an id here: no names, no addresses. Never in the log (design §7)."""
