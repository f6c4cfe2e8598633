"""``python -m lambda_bedrock_profile.cli``."""

from lambda_bedrock_profile.cli.main import main

main(prog_name="lambda-bedrock-profile")
