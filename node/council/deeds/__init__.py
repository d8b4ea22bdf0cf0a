"""What people do: found, propose, amend, vote, answer, name delegates."""
