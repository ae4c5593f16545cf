"""Customers: who they are, how they come back, which groups they form and what they are worth."""
