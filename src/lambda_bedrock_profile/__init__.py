"""A Lambda function with its own Amazon Bedrock inference profile, from any CloudFormation or SAM template.

The core is ``expand.expand``; ``macro.handler`` and ``provider.handler`` are the Lambda functions, ``cli.main`` the
command line. Nothing is imported here, so that each of them loads only what it needs.
"""

__version__ = "0.1.0"
