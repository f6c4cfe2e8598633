"""What tests and the demo stand on: the embedded AWS, the SAM CLI, and what CloudFormation does with a macro."""
