"""What a customer has: services with their price and renewal, care plans, and projects with milestones.

Customers read it in the portal; other modules point at a service, a project or a milestone by
RecordRef, and billing asks `ISubscriptions` for the next renewal and the billing cycles.
"""
