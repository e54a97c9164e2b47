"""How good extractions are: CUAD's matching rule, precision and recall, intervals, the control row. Pure functions."""
