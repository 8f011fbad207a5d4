"""What the provider sets: brand, hosts, modules, settings, mail texts, team, roles, audit log."""
