"""Views per area, and the pieces that stand on other pages."""
