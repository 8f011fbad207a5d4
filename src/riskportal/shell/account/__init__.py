"""A customer's own pages: details, contacts, people, security, language, notifications, e-mails."""
