"""Who reaches a bill group's portal: rules, people, the portal link, and the preview."""
