"""Who somebody is and what lets them in: users, sign-in, sessions, access rules, staff, API tokens."""
