"""Which ballots count, and what anybody can check with an archive alone. Pure."""
