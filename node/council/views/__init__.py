"""What people are shown of it, and what is taken out."""
