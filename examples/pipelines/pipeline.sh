#!/bin/sh
# A pipeline in two commands, for any machine with the command line of this project and the AWS CLI:
#
#   pipeline.sh check TEMPLATE STACK    lint, and write diff.md: what a review wants to see
#   pipeline.sh deploy TEMPLATE STACK   expand without the macro, and deploy the processed template
#
# Region and account come from AWS_REGION and AWS_ACCOUNT_ID. To deploy through the macro instead, give TEMPLATE itself to
# `aws cloudformation deploy`; then the deployer needs lambda:InvokeFunction on the macro's function.
set -eu

what=$1 template=$2 stack=$3
: "${AWS_REGION:?is the Region of the stack}"

# A Region without the profile type, and VerifyModelAccess, need the macro's provider. It exports its ARN.
provider=${PROVIDER_EXPORT:-LambdaBedrockProfile-ProviderFunctionArn}

has_stack() { aws cloudformation describe-stacks --stack-name "$stack" >/dev/null 2>&1; }

case $what in
check)
  # Warnings and information (4, 8) are printed; errors, and a command that cannot run, end the pipeline.
  lbp lint "$template" --region "$AWS_REGION" || case $? in 4 | 8 | 12) ;; *) exit 1 ;; esac
  {
    if has_stack; then
      printf 'What this change does to the stack %s in %s:\n\n```\n' "$stack" "$AWS_REGION"
      lbp diff "$template" --region "$AWS_REGION" --stack "$stack" --provider-export "$provider"
    else
      printf 'The stack %s is new in %s. The template expands to:\n\n```\n' "$stack" "$AWS_REGION"
      lbp diff "$template" --region "$AWS_REGION" --provider-export "$provider"
    fi
    printf '```\n'
  } >diff.md
  ;;
deploy)
  lbp expand "$template" --region "$AWS_REGION" --provider-export "$provider" --output processed.yaml
  aws cloudformation deploy --template-file processed.yaml --stack-name "$stack" --capabilities CAPABILITY_IAM \
    --no-fail-on-empty-changeset
  ;;
*)
  echo "pipeline.sh: write check or deploy, not $what." >&2
  exit 2
  ;;
esac
