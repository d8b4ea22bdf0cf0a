"""What a node does as the log grows, and what the host does beside that."""
