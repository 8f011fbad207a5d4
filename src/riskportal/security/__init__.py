"""Who may do what: policy, contexts of the four areas, CSRF, cookies, headers, rate limits, junk input."""
