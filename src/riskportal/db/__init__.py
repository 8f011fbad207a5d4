"""The database: base class, column types, mixins, sessions, and the guard that keeps tenants apart."""
