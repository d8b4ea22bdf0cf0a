"""What is said, and how: statements, charter, rules of a class, states of a proposal. Pure."""
