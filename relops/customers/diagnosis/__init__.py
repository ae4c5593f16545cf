"""Diagnosis of a customer base: who carries revenue, who comes back, what moved and when."""
