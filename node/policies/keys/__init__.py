"""Every policy key of the program, by what it is about. To add one: a constant here, and the code
that obeys it."""
