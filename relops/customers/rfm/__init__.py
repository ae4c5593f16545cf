"""RFM: scores, groups and segments of customers by recency, frequency and monetary value."""
