"""What Schemathesis has to know beside the description: how a telephone number looks."""

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("phone", st.sampled_from(("604-555-0188", "+1 (778) 555-0199", "236.555.0123")))
