"""What only an account can say: ask AWS the questions that no documentation answers.

``python -m scripts.ask_account --region us-east-1 --yes``, with credentials of an account to try things in. It makes a
role, a function, application inference profiles and a guardrail, lets the function call a small model with different
permissions, prints each question with its answer and the date, and removes everything that it made, whatever happens.
The calls cost less than a cent. Names begin with ``bedrock-question-``.

The credentials need: iam:CreateRole, PutRolePolicy, DeleteRolePolicy, DeleteRole and PassRole; lambda:CreateFunction,
GetFunction, InvokeFunction and DeleteFunction; bedrock:CreateInferenceProfile, DeleteInferenceProfile, CreateGuardrail
and DeleteGuardrail; sts:GetCallerIdentity.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from lambda_bedrock_profile.bedrock import Catalog, Request, Route
from lambda_bedrock_profile.diagnostics import Report

MODEL: Final = "amazon.nova-micro-v1:0"
SETTLE_SECONDS: Final = 20.0
"""How long IAM may take until a changed policy counts everywhere; the answers would be about the old one before."""

PREFIX: Final = "bedrock-question-"
DONE: Final = "done"
DENIED: Final = "AccessDeniedException"
CONFLICT: Final = "ConflictException"
INVOKE: Final = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]

_CODE: Final = """
import boto3
from botocore.exceptions import ClientError

client = boto3.client("bedrock-runtime")

def handler(event, context):
    try:
        client.converse(**event)
        return "done"
    except ClientError as error:
        return error.response["Error"]["Code"]
"""
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}

Client = Callable[[str], Any]
"""Service → its boto3 client."""


class UnclearError(Exception):
    """A question that this account cannot answer: with every permission the call is denied, or fails otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, what AWS did, and on which day."""

    question: str
    answer: str
    date: str


@dataclass(slots=True)
class Laboratory:
    """What was made to ask with, and how it is removed: in the opposite order, at the end of ``stack``."""

    client: Client
    stack: ExitStack
    route: Route
    account: str
    settle: float
    name: str = field(default_factory=lambda: PREFIX + uuid.uuid4().hex[:8])
    left: list[str] = field(default_factory=list)
    """What could not be removed."""

    def undo(self, what: str, call: Callable[..., Any], **parameters: Any) -> None:
        """Remember to remove ``what`` by ``call``."""

        def remove() -> None:
            try:
                call(**parameters)
            except ClientError as error:
                self.left.append(f"{what}: {error}")

        self.stack.callback(remove)

    def build(self) -> None:
        """Make the role and the function."""
        iam, functions = self.client("iam"), self.client("lambda")
        role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
        self.undo(f"role {self.name}", iam.delete_role, RoleName=self.name)
        self.grant([])
        self.undo("policy", iam.delete_role_policy, RoleName=self.name, PolicyName="question")
        time.sleep(self.settle)
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", _CODE)
        functions.create_function(
            FunctionName=self.name,
            Role=role,
            Runtime="python3.13",
            Handler="index.handler",
            Timeout=60,
            Code={"ZipFile": code.getvalue()},
        )
        self.undo(f"function {self.name}", functions.delete_function, FunctionName=self.name)
        functions.get_waiter("function_active_v2").wait(FunctionName=self.name)

    def profile(self, name: str) -> str:
        """Make an application inference profile; its ARN."""
        bedrock = self.client("bedrock")
        made: str = bedrock.create_inference_profile(inferenceProfileName=name, modelSource={"copyFrom": self.system})[
            "inferenceProfileArn"
        ]
        self.undo(f"profile {made}", bedrock.delete_inference_profile, inferenceProfileIdentifier=made)
        return made

    @property
    def system(self) -> str:
        """The ARN of the system-defined inference profile that the profiles are made from."""
        route = self.route
        place = f"arn:{route.partition}:bedrock:{route.source}:{self.account}"
        return f"{place}:inference-profile/{route.profile_id}"

    @property
    def project(self) -> str:
        """The ARN of the account's default project."""
        return f"arn:{self.route.partition}:bedrock:{self.route.source}:{self.account}:project/default"

    @property
    def models(self) -> list[str]:
        """The ARNs of the model in the source Region and in every destination."""
        route = self.route
        return [f"arn:{route.partition}:bedrock:{region}::foundation-model/{route.model}" for region in route.regions]

    def grant(self, statements: Sequence[dict[str, Any]]) -> None:
        """Let the function's role do what ``statements`` say, and nothing else."""
        nothing = {"Effect": "Deny", "Action": "bedrock:DeleteInferenceProfile", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [nothing, *statements]}
        self.client("iam").put_role_policy(
            RoleName=self.name, PolicyName="question", PolicyDocument=json.dumps(document)
        )

    def ask(self, statements: Sequence[dict[str, Any]], profile: str, **more: Any) -> str:
        """What a call of ``profile`` ends with under ``statements``: done, or the code of the error."""
        self.grant(statements)
        time.sleep(self.settle)
        event = {
            "modelId": profile,
            "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
            "inferenceConfig": {"maxTokens": 1},
            **more,
        }
        invoked = self.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(event))
        answer: str = json.loads(invoked["Payload"].read())
        return answer


def allow(resources: str | list[str], actions: str | list[str] = INVOKE, **condition: Any) -> dict[str, Any]:
    """A statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def which_arn(lab: Laboratory) -> str:
    """Which ARN the condition key carries for a call through an application inference profile."""
    profile = lab.profile(lab.name)
    opened = allow([profile, lab.project])
    for name, arn in (("the application inference profile's", profile), ("the system-defined profile's", lab.system)):
        on_models = allow(lab.models, StringEquals={"bedrock:InferenceProfileArn": arn})
        if lab.ask([opened, on_models], profile) == DONE:
            return f"{name} ARN"
    _must_work(lab, profile)
    return "neither the application inference profile's ARN nor the system-defined profile's"


def is_project_enforced(lab: Laboratory) -> str:
    """Whether Converse asks for a permission on the account's default project."""
    profile = lab.profile(lab.name)
    _must_work(lab, profile)
    answer = lab.ask([allow([profile, *lab.models])], profile)
    if answer not in (DONE, DENIED):
        raise UnclearError(f"the call without project/default ended with {answer}")
    return "yes: without project/default the call is denied" if answer == DENIED else "no: the call works without it"


def may_share_a_name(lab: Laboratory) -> str:
    """Whether a second application inference profile of the same name can be made."""
    lab.profile(lab.name)
    try:
        lab.profile(lab.name)
    except ClientError as error:
        if error.response["Error"]["Code"] != CONFLICT:
            raise
        return "no: the second is refused with ConflictException"
    return "yes"


def what_a_guardrail_needs(lab: Laboratory) -> str:
    """What a call needs whose role is denied the models without a guardrail."""
    profile, bedrock = lab.profile(lab.name), lab.client("bedrock")
    made = bedrock.create_guardrail(
        name=lab.name,
        blockedInputMessaging="blocked",
        blockedOutputsMessaging="blocked",
        wordPolicyConfig={"wordsConfig": [{"text": "xyzzy"}]},
    )
    lab.undo(f"guardrail {made['guardrailId']}", bedrock.delete_guardrail, guardrailIdentifier=made["guardrailId"])
    guardrail = made["guardrailArn"]
    enforced = {
        "Effect": "Deny",
        "Action": INVOKE,
        "Resource": lab.models,
        "Condition": {"StringNotEquals": {"bedrock:GuardrailIdentifier": guardrail}},
    }
    base = [allow([profile, lab.project, *lab.models]), enforced]
    more = {"guardrailConfig": {"guardrailIdentifier": guardrail, "guardrailVersion": "DRAFT"}}
    if lab.ask(base, profile, **more) == DONE:
        return "nothing but the permission to invoke"
    apply = allow(guardrail, "bedrock:ApplyGuardrail")
    if lab.ask([*base, apply], profile, **more) == DONE:
        return "bedrock:ApplyGuardrail on the guardrail, too"
    if lab.ask([*base, apply, allow(guardrail, "bedrock:GetGuardrail")], profile, **more) == DONE:
        return "bedrock:ApplyGuardrail and bedrock:GetGuardrail on the guardrail, too"
    raise UnclearError("the call is denied with ApplyGuardrail and GetGuardrail, too")


def _must_work(lab: Laboratory, profile: str) -> None:
    """Raise UnclearError unless a call with every permission works: only then a denial is an answer."""
    answer = lab.ask([allow([profile, lab.project, *lab.models])], profile)
    if answer != DONE:
        raise UnclearError(f"the call with every permission ended with {answer}")


QUESTIONS: Final = {
    "Which ARN does bedrock:InferenceProfileArn carry for an application inference profile?": which_arn,
    "Is project/default enforced for Converse?": is_project_enforced,
    "May two application inference profiles share a name?": may_share_a_name,
    "What does a call under an enforced guardrail need, beside the permission to invoke?": what_a_guardrail_needs,
}


def ask_all(client: Client, route: Route, settle: float = SETTLE_SECONDS) -> tuple[list[Answer], list[str]]:
    """Every question with its answer, and what could not be removed."""
    account = client("sts").get_caller_identity()["Account"]
    answers, left = [], []
    for question, ask in QUESTIONS.items():
        with ExitStack() as stack:
            lab = Laboratory(client, stack, route, account, settle)
            left.append(lab.left)
            try:
                lab.build()
                answer = ask(lab)
            except (ClientError, UnclearError) as error:
                answer = f"could not be told: {error}"
        answers.append(Answer(question, answer, datetime.now(UTC).date().isoformat()))
    return answers, [what for each in left for what in each]


def main(arguments: list[str]) -> int:
    """Ask, print, and name what is left; 1 if something is, or a question has no answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--region", required=True, help="the Region to ask in")
    parser.add_argument("--model", default=MODEL, help="a small model with a geographic profile there")
    parser.add_argument("--yes", action="store_true", help="make the resources in the account of the AWS settings")
    options = parser.parse_args(arguments)
    reasons = Report()
    route = Catalog.bundled().route(Request(options.model, options.region), reasons)
    if route is None:
        for reason in reasons.errors:
            print(f"{reason.what}. {reason.fix}.", file=sys.stderr)
        return 2
    if not options.yes:
        print("This makes a role, functions, profiles and a guardrail, and removes them. Say --yes.", file=sys.stderr)
        return 2
    session: Any = boto3.Session(region_name=options.region)
    answers, left = ask_all(session.client, route)
    for each in answers:
        print(f"{each.question}\n  {each.answer} ({options.region}, {each.date})")
    for what in left:
        print(f"not removed: {what}", file=sys.stderr)
    return int(bool(left) or any(each.answer.startswith("could not be told") for each in answers))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
