"""Pages and pieces of pages; they read through the services package and write nothing."""
