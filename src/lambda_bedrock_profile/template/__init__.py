"""CloudFormation itself: intrinsic functions, references, limits. Nothing in here knows Bedrock."""
