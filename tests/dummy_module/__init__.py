"""A notebook that customers share with their provider: a module from outside the house, for the tests of the seam."""
