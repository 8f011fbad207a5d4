"""Coming in: links, codes, passwords, passkeys, second steps, staff set-up, and proofs before risky acts."""
