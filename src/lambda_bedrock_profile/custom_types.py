"""The custom resources that the macro writes and the provider serves, in one place for both sides: types and a limit.

It is none of ``custom_resources``, whose libraries the macro does not load. A type stands in running stacks, so it
never changes.
"""

from __future__ import annotations

from typing import Final

INFERENCE_PROFILE: Final = "Custom::BedrockInferenceProfile"
MODEL_ACCESS: Final = "Custom::BedrockModelAccess"
DEFAULT_SECURITY_GROUP: Final = "Custom::VpcDefaultSecurityGroup"
MANAGED_PREFIX_LIST: Final = "Custom::ManagedPrefixList"

USER_TAGS: Final = 199
"""The user's tags on a profile that the provider makes. Bedrock allows 200, and the provider's own says whose it is."""
