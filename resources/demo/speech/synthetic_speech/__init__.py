"""Speech of nobody: synthesised voices with exact phone times and the mouths that go with them."""
