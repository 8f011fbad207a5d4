"""What pages are made of: layout and navigation, translation and formats, charts, error pages."""
