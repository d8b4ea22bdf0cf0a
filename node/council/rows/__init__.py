"""What a node keeps: the log it holds, its keys, what waits; and who is shown what proves a lie."""
