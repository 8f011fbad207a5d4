"""riskportal"""
