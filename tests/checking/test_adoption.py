"""What takes over from calls of Bedrock by hand: which declarations, what is removed, and what roles may do then."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.adoption import Adoption, adopt
from lambda_bedrock_profile.checking.model_names import texts_of
from lambda_bedrock_profile.checking.permission_changes import permissions_of
from lambda_bedrock_profile.checking.takeover import Wishes
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.stack.link_roles import Role
from tests.support.policy_evaluation import Statement, allowed, statement_of
from tests.support.templates import ACCOUNT, FUNCTION, MODEL, PROVIDER, get_att, new, plain, role, serverless, template

CATALOG = Catalog.bundled()
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
ENDED = "anthropic.claude-3-haiku-20240307-v1:0"
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
HERE = "us-east-1"
CONTEXT = StackContext(HERE, ACCOUNT, {}, PROVIDER)
ON = "2026-11-26"


def on_model(model: str = "*", region: str = "*") -> str:
    """The ARN of a foundation model."""
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def on_profile(profile: str, region: str = HERE) -> str:
    """The ARN of a system-defined inference profile."""
    return f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{profile}"


def allow(resource: Any = "*", action: Any = "bedrock:InvokeModel", **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Any) -> dict[str, Any]:
    """An inline policy of a role."""
    return {"PolicyName": "Calls", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


def by_hand(*statements: Any, **variables: Any) -> dict[str, Any]:
    """The function Chat with the role Role, which has ``statements``."""
    own = {"Environment": {"Variables": variables}} if variables else {}
    return template(Chat=plain(**own), Role=role(Policies=[policy(*statements)]))


def adopted(source: dict[str, Any], model: str = "", **of_caller: str) -> tuple[list[Adoption], dict[str, Any]]:
    """What takes over in ``source``, which has to stay as it is, and the template with it."""
    before = copy.deepcopy(source)
    result = adopt(source, CONTEXT, CATALOG, Wishes(of_caller, model, ON))
    assert source == before
    return result


def one(source: dict[str, Any], model: str = "", **of_caller: str) -> Adoption:
    """What takes over for the one caller of ``source``."""
    (found,) = adopted(source, model, **of_caller)[0]
    return found


def properties(item: Adoption) -> list[dict[str, Any]]:
    """The properties of its declarations, without the function that they name."""
    written = [dict(each["Properties"]) for each in item.declarations.values()]
    assert all(each.pop("ExistingLambdaObj") == {"Ref": item.caller.id} for each in written)
    return written


# ---------------------------------------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("resources", "written"),
    [
        (on_model(MODEL), {"BedrockModelId": MODEL, "DeployCrossRegionProfile": False}),
        ([on_model(MODEL), on_profile(f"us.{MODEL}")], {"BedrockModelId": MODEL, "Geography": "us"}),
        ([on_profile(f"global.{HAIKU}"), on_model(HAIKU)], {"BedrockModelId": HAIKU, "Geography": "global"}),
        (on_model(HAIKU), {"BedrockModelId": HAIKU}),
        (
            {"Fn::Sub": f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{HAIKU}"},
            {"BedrockModelId": HAIKU},
        ),
    ],
)
def test_a_model_is_called_as_it_is_called_today(resources: Any, written: dict[str, Any]) -> None:
    """A profile that the policy names gives the geography, and a model that is on demand in the Region stays there."""
    assert properties(one(by_hand(allow(resources)))) == [written]


def test_a_variable_that_names_the_model_becomes_the_profiles_variable() -> None:
    """The code reads the variable that it always read, and finds the profile's ARN there."""
    item, result = adopted(by_hand(allow(), MODEL_ID=f"us.{MODEL}", LEVEL="debug"))
    (written,) = properties(item[0])
    assert written == {
        "BedrockModelId": MODEL,
        "Geography": "us",
        "InferenceProfileEnvironmentVariableName": "MODEL_ID",
    }
    assert result["Resources"]["Chat"]["Properties"]["Environment"] == {"Variables": {"LEVEL": "debug"}}
    assert [removal.path[-1] for removal in item[0].removals if "variable" in removal.what] == ["MODEL_ID"]
    processed = expand(result, CONTEXT, CATALOG).template["Resources"]["Chat"]["Properties"]["Environment"]
    assert processed["Variables"]["MODEL_ID"] == get_att("ChatModelInferenceProfile", "InferenceProfileArn")


@pytest.mark.parametrize(
    "function",
    [
        plain(Code={"ZipFile": f"bedrock.converse(modelId='us.{MODEL}')"}),
        plain(Code={"ZipFile": {"Fn::Sub": f'model = "us.{MODEL}" # ${{AWS::Region}}'}}),
        serverless(InlineCode=f'model = "us.{MODEL}"', Role=get_att("Role", "Arn")),
    ],
)
def test_inline_code_that_names_the_model_is_read(function: dict[str, Any]) -> None:
    """Code that is in the template says what it calls; it has to pass the profile from then on."""
    item = one(template(Chat=function, Role=role(Policies=[policy(allow())])))
    assert properties(item) == [{"BedrockModelId": MODEL, "Geography": "us"}]
    assert item.remarks == ("The code has to pass the value of BEDROCK_PROFILE, the profile's ARN, as modelId",)


def test_a_parameter_that_names_the_model_stays_a_parameter() -> None:
    """Whoever deploys with another model still can."""
    source = by_hand(allow(), MODEL_ID={"Fn::Sub": "${Model}"})
    source["Parameters"] = {"Model": {"Type": "String", "Default": HAIKU}}
    assert properties(one(source))[0]["BedrockModelId"] == {"Ref": "Model"}


def test_a_variable_of_globals_is_left_to_the_other_functions() -> None:
    """SAM's Globals are for all functions: the variable stays there, and the code has to read that one."""
    shared = {"Function": {"Environment": {"Variables": {"MODEL_ID": f"us.{MODEL}"}}}}
    own = serverless(Policies=[{"Statement": [allow()]}])
    item = one(template({"Globals": shared}, Chat=own))
    assert properties(item) == [{"BedrockModelId": MODEL, "Geography": "us"}]
    assert item.remarks == ("The code has to pass the value of BEDROCK_PROFILE, the profile's ARN, as modelId",)


def test_several_models_are_several_declarations_with_variables_of_their_own() -> None:
    """A function that calls two models gets two profiles, and no variable is given two times."""
    item = one(by_hand(allow(), MODEL_ID=f"us.{MODEL}", SMALL=f"us.{HAIKU}", BEDROCK_MODEL="mine"))
    assert list(item.declarations) == ["ChatModel", "ChatModel2"]
    names = [each["InferenceProfileEnvironmentVariableName"] for each in properties(item)]
    assert names == ["MODEL_ID", "SMALL"]
    assert [each["FoundationModelEnvironmentVariableName"] for each in properties(item)] == ["", ""]


def test_models_without_variables_get_numbered_ones() -> None:
    """Two models that only the policy names are told apart by the names of the variables."""
    item = one(by_hand(allow([on_profile(f"us.{MODEL}"), on_profile(f"us.{HAIKU}")]), BEDROCK_PROFILE="taken"))
    names = [each["InferenceProfileEnvironmentVariableName"] for each in properties(item)]
    assert names == ["BEDROCK_PROFILE_2", "BEDROCK_PROFILE_3"]


def test_a_logical_id_that_is_taken_is_not_taken_again() -> None:
    """The declaration has an id of its own."""
    source = by_hand(allow(on_model(MODEL)))
    source["Resources"]["ChatModel"] = role()
    assert list(one(source).declarations) == ["ChatModel2"]


def test_a_condition_of_the_function_is_that_of_the_declaration() -> None:
    """Where the function is not deployed, its profile is not."""
    source = by_hand(allow(on_model(MODEL)))
    source["Conditions"] = {"Wanted": {"Fn::Equals": ["a", "a"]}}
    source["Resources"]["Chat"]["Condition"] = "Wanted"
    assert one(source).declarations["ChatModel"]["Condition"] == "Wanted"


def profile(source: Any) -> dict[str, Any]:
    """An application inference profile of the template."""
    written = {"InferenceProfileName": "mine", "ModelSource": {"CopyFrom": source}}
    return {"Type": "AWS::Bedrock::ApplicationInferenceProfile", "Properties": written}


def test_a_profile_of_the_template_stays_and_is_named() -> None:
    """No second profile is made: the declaration takes the one that is there, its model and route included."""
    arn = get_att("Mine", "InferenceProfileArn")
    statement = allow([arn, on_model(MODEL), on_profile(f"us.{MODEL}")])
    source = by_hand(statement, MODEL_ID=arn)
    source["Resources"]["Mine"] = profile(on_profile(f"us.{MODEL}"))
    items, result = adopted(source)
    assert properties(items[0]) == [
        {"ExistingInferenceProfile": arn, "InferenceProfileEnvironmentVariableName": "MODEL_ID"}
    ]
    assert items[0].routes["ChatModel"].profile_id == f"us.{MODEL}"
    assert result["Resources"]["Mine"] == source["Resources"]["Mine"]
    assert result["Resources"]["Role"]["Properties"]["Policies"] == []


def test_a_profile_whose_source_is_not_known_is_an_obstacle() -> None:
    """A profile of an imported source has no model that the expansion could follow, and its words say what to do."""
    arn = get_att("Mine", "InferenceProfileArn")
    source = by_hand(allow(arn))
    source["Resources"]["Mine"] = profile({"Fn::ImportValue": "source"})
    items, result = adopted(source)
    assert items[0].declarations == {}
    assert items[0].obstacles
    assert result == source


# ------------------------------------------------------------------------------------------------------- obstacles


def test_a_function_that_names_no_model_asks_for_one() -> None:
    """A model that stands in the code alone has to be named, and the message says how."""
    item = one(by_hand(allow()))
    assert item.declarations == {}
    (obstacle,) = item.obstacles
    assert obstacle.fix == "Name the model that it calls: --model Chat=MODEL"
    assert properties(one(by_hand(allow()), Chat=f"us.{MODEL}")) == [{"BedrockModelId": MODEL, "Geography": "us"}]
    assert properties(one(by_hand(allow()), HAIKU)) == [{"BedrockModelId": HAIKU}]


def test_a_model_that_is_gone_gets_no_declaration() -> None:
    """The reason and the successor are said, and a model on the command line takes its place and its variable."""
    source = by_hand(allow(on_model(ENDED)), MODEL_ID=ENDED)
    item = one(source)
    assert item.declarations == {}
    assert "ended on 2026-10-17" in item.obstacles[0].what
    assert HAIKU in item.obstacles[0].fix
    items, result = adopted(source, f"us.{HAIKU}")
    assert properties(items[0])[0]["InferenceProfileEnvironmentVariableName"] == "MODEL_ID"
    assert result["Resources"]["Role"]["Properties"]["Policies"] == []


def test_a_model_on_the_command_line_without_a_profile_is_taken_on_demand() -> None:
    """A model that has no profile in the Region is called in the Region, as one that the template names."""
    lasting = (name for name in CATALOG.models if name not in CATALOG.life_cycles.models)
    alone = next(name for name in lasting if not CATALOG.offers(name) and HERE in CATALOG.on_demand(name))
    assert properties(one(by_hand(allow()), alone)) == [{"BedrockModelId": alone, "DeployCrossRegionProfile": False}]


def test_a_model_on_the_command_line_that_has_no_route_is_an_obstacle() -> None:
    """No declaration is printed that would be refused."""
    item = one(by_hand(allow()), Chat="eu.amazon.nova-lite-v1:0")
    assert item.declarations == {}
    assert "eu" in item.obstacles[0].what


def test_a_role_without_a_name_is_an_obstacle() -> None:
    """If the expansion refuses the declaration, its words are the reason, and the template stays as it was."""
    unnamed = plain(Role="{{resolve:ssm:/roles/chat}}", Environment={"Variables": {"MODEL_ID": MODEL}})
    source = template(Chat=unnamed)
    items, result = adopted(source)
    assert items[0].declarations == {}
    assert "role" in items[0].obstacles[0].what
    assert result == source


@pytest.mark.parametrize(
    "source",
    [
        template(Chat=plain(Environment={"Variables": {"MODEL_ID": MODEL}}), Role=role()),
        by_hand(allow(action="bedrock:Retrieve")),
        by_hand(allow(action="s3:GetObject"), MODEL_ID=MODEL),
        by_hand(allow(action="*")),
        by_hand({**allow(), "Effect": "Deny"}),
        template(Chat=new()),
        template(Role=role(Policies=[policy(allow(action="bedrock:Retrieve"))])),
        template(
            Chat=new(LambdaFunctionProps={**FUNCTION, "Role": get_att("Role", "Arn")}),
            Role=role(Policies=[policy(allow())]),
        ),
    ],
)
def test_what_does_not_call_bedrock_is_left_alone(source: dict[str, Any]) -> None:
    """Functions that may not invoke a model, and those of declarations, get nothing."""
    assert adopted(source) == ([], source)


def test_a_function_that_a_declaration_serves_is_left_alone() -> None:
    """Adopting a template again prints nothing new."""
    _, result = adopted(by_hand(allow(on_model(MODEL))))
    assert adopted(result) == ([], result)


def test_a_template_that_does_not_expand_is_refused() -> None:
    """Errors of declarations that are there come first."""
    with pytest.raises(TemplateError, match="Geography"):
        adopted(template(Chat=new(Geography="mars")))


# --------------------------------------------------------------------------------------------------------- policies


@pytest.mark.parametrize(
    ("statement", "stays"),
    [
        (allow(), []),
        (allow(action=[*INVOKE, "bedrock:Converse"]), []),
        (allow(action="bedrock:InvokeModel*"), []),
        (allow(on_model()), []),
        (allow(action=["bedrock:InvokeModel", "bedrock:Retrieve"]), [allow(action=["bedrock:Retrieve"])]),
        (
            allow([on_model(), "arn:aws:bedrock:us-east-1:1:guardrail/x"]),
            [allow(["arn:aws:bedrock:us-east-1:1:guardrail/x"], ["bedrock:InvokeModel"])],
        ),
        (allow(action="bedrock:*"), None),
        (allow(action="bedrock:Invoke*"), None),
        (allow(Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), None),
    ],
)
def test_a_statement_loses_what_the_declaration_gives(statement: dict[str, Any], stays: Any) -> None:
    """What invokes the model goes; other actions, other resources and conditions stay."""
    source = by_hand(statement, allow("arn:aws:s3:::x/*", "s3:GetObject"))
    items, result = adopted(source, f"us.{MODEL}")
    left = result["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert left == [*([statement] if stays is None else stays), allow("arn:aws:s3:::x/*", "s3:GetObject")]
    assert bool(items[0].removals) == (stays is not None)


def test_a_policy_without_statements_is_removed() -> None:
    """IAM takes no policy without a statement."""
    _, result = adopted(by_hand(allow(on_model(MODEL))))
    assert result["Resources"]["Role"]["Properties"]["Policies"] == []


@pytest.mark.parametrize("referred", [False, True])
def test_a_policy_resource_is_removed_if_nothing_refers_to_it(referred: bool) -> None:
    """A resource that another one waits for stays, so that the template deploys."""
    attached = {"Type": "AWS::IAM::Policy", "Properties": {**policy(allow()), "Roles": [{"Ref": "Role"}]}}
    waits = {"DependsOn": "Calls"} if referred else {}
    source = template(Chat=plain(waits), Role=role(), Calls=attached)
    _, result = adopted(source, f"us.{MODEL}")
    assert ("Calls" in result["Resources"]) == referred


def test_a_role_of_several_functions_keeps_what_one_of_them_still_needs() -> None:
    """As long as a function of the role has no declaration, nobody loses a permission at large."""
    source = template(
        Chat=plain(Environment={"Variables": {"MODEL_ID": f"us.{MODEL}"}}),
        Other=plain(),
        Role=role(Policies=[policy(allow())]),
    )
    items, result = adopted(source)
    assert [bool(item.declarations) for item in items] == [True, False]
    assert result["Resources"]["Role"] == source["Resources"]["Role"]
    _, result = adopted(source, f"us.{HAIKU}")
    assert result["Resources"]["Role"]["Properties"]["Policies"] == []


def test_a_policy_of_several_roles_keeps_what_one_of_them_still_needs() -> None:
    """A managed policy of two roles is theirs together: it goes once both functions are served."""
    shared = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(allow())["PolicyDocument"]}}
    own = {"Ref": "Shared"}
    source = template(
        Chat=plain(Environment={"Variables": {"MODEL_ID": f"us.{MODEL}"}}),
        Other=plain(Role=get_att("OtherRole", "Arn")),
        Role=role(ManagedPolicyArns=[own]),
        OtherRole=role(ManagedPolicyArns=[own]),
        Shared=shared,
    )
    _, result = adopted(source)
    assert result["Resources"]["Shared"] == shared
    items, _ = adopted(source, f"us.{HAIKU}")
    assert [removal.what for item in items for removal in item.removals if "Shared" in removal.path] == [
        "the whole statement",
        "the whole statement",
    ]


@pytest.mark.parametrize("owner", ["Users", "Groups"])
def test_a_policy_of_users_stays(owner: str) -> None:
    """People who call Bedrock by themselves are no matter of a function's declaration."""
    attached = {**policy(allow(on_model(MODEL))), "Roles": [{"Ref": "Role"}], owner: ["x"]}
    source = template(Chat=plain(), Role=role(), Calls={"Type": "AWS::IAM::Policy", "Properties": attached})
    _, result = adopted(source)
    assert result["Resources"]["Calls"] == source["Resources"]["Calls"]


def test_a_role_that_something_else_has_stays_as_it_is() -> None:
    """A state machine of the same role goes on calling Bedrock, and the remark names it."""
    source = by_hand(allow(on_model(MODEL)))
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": get_att("Role", "Arn")}}
    source["Resources"]["Flow"] = machine
    items, result = adopted(source)
    assert result["Resources"]["Role"] == source["Resources"]["Role"]
    assert any(remark.startswith("Flow may use its role, too") for remark in items[0].remarks)


def test_a_managed_policy_of_aws_is_named() -> None:
    """AmazonBedrockFullAccess goes past every profile, and nothing removes it in silence."""
    arn = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
    item = one(template(Chat=plain(), Role=role(ManagedPolicyArns=[arn])), f"us.{MODEL}")
    assert item.remarks[0].startswith("AmazonBedrockFullAccess stays on the role")


def test_a_model_in_another_region_is_remarked() -> None:
    """A client for another Region cannot call the profile, and the remark says so."""
    item = one(by_hand(allow(on_model(MODEL, "eu-west-1"))))
    assert any("names amazon.nova-lite-v1:0 in eu-west-1" in remark for remark in item.remarks)


def test_what_changes_is_what_the_policies_say() -> None:
    """The permissions that disappear and appear are those of the template before and after."""
    item = one(by_hand(allow([on_model(MODEL, HERE), on_model("amazon.nova-pro-v1:0", HERE)])), Chat=f"us.{MODEL}")
    gone = {each.resource for each in item.changes.gone}
    assert gone == {on_model(MODEL, HERE), on_model("amazon.nova-pro-v1:0", HERE)}
    models = {each.resource for each in item.changes.new if each.condition}
    assert models == {on_model(MODEL, region) for region in ("us-east-1", "us-east-2", "us-west-2")}
    assert all(each.condition for each in item.changes.new if "foundation-model" in each.resource)


# ------------------------------------------------------------------------------------------ roles of no function


def task(service: str = "ecs-tasks.amazonaws.com", *statements: Any) -> dict[str, Any]:
    """The role Task of a service with ``statements``, and what runs as it."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    own = {"AssumeRolePolicyDocument": trust, "Policies": [policy(*statements)]}
    container = {"Name": "web", "Image": "web", "Environment": [{"Name": "MODEL", "Value": f"us.{MODEL}"}]}
    runs = {"TaskRoleArn": get_att("Task", "Arn"), "ContainerDefinitions": [container]}
    return template(
        Task={"Type": "AWS::IAM::Role", "Properties": own},
        Web={"Type": "AWS::ECS::TaskDefinition", "Properties": runs},
    )


def test_a_role_of_no_function_is_named_itself() -> None:
    """What runs as the role names the model; the role gets the policy, and loses what it allowed by hand."""
    items, result = adopted(task("ecs-tasks.amazonaws.com", allow()))
    (item,) = items
    written = item.declarations["TaskModel"]["Properties"]
    assert written == {"BedrockModelId": MODEL, "Geography": "us", "ExistingRole": {"Ref": "Task"}}
    assert result["Resources"]["Task"]["Properties"]["Policies"] == []
    assert item.remarks == ("Web has to call !GetAtt TaskModel.InferenceProfileArn in the place of the model's id",)


def test_a_role_that_bedrock_itself_uses_keeps_its_statements() -> None:
    """An agent or a knowledge base calls its model by itself until somebody has seen that it takes the profile."""
    source = task("bedrock.amazonaws.com", allow(on_model(MODEL)))
    items, result = adopted(source)
    assert list(items[0].declarations) == ["TaskModel"]
    assert result["Resources"]["Task"] == source["Resources"]["Task"]
    assert "Bedrock itself uses the role, so what the role allows by hand stays" in items[0].remarks


def test_a_role_of_a_function_is_no_caller_of_its_own() -> None:
    """A role gets one set of declarations: those of its functions."""
    assert [item.caller.id for item in adopted(by_hand(allow(on_model(MODEL))))[0]] == ["Chat"]


# ---------------------------------------------------------------------------------------------- nothing is lost

ACTIONS = [*INVOKE, "bedrock:InvokeModel*", "bedrock:*", "bedrock:Retrieve", "bedrock:ApplyGuardrail", "s3:GetObject"]
RESOURCES: list[Any] = [
    "*",
    on_model(),
    on_model(MODEL),
    on_model(MODEL, HERE),
    on_model(HAIKU),
    on_profile(f"us.{MODEL}"),
    on_profile(f"global.{HAIKU}"),
    "arn:aws:bedrock:us-east-1:111122223333:guardrail/g",
    get_att("Mine", "InferenceProfileArn"),
]
VALUES = [
    get_att("Mine", "InferenceProfileArn"),
    MODEL,
    f"us.{MODEL}",
    HAIKU,
    f"us.{HAIKU}",
    f"global.{HAIKU}",
    ENDED,
    "debug",
]
PROBES = [
    on_model("amazon.nova-pro-v1:0", HERE),
    on_model(MODEL, "eu-west-1"),
    "arn:aws:bedrock:us-east-1:111122223333:guardrail/g",
    "arn:aws:bedrock:us-east-1:111122223333:knowledge-base/k",
]


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    """One of ``values``, or a list of some."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


STATEMENTS = st.builds(allow, some(RESOURCES), some(ACTIONS))
VARIABLES = st.dictionaries(st.sampled_from(["MODEL_ID", "SMALL", "BEDROCK_PROFILE"]), st.sampled_from(VALUES))


def statements(source: dict[str, Any]) -> list[Statement]:
    """What the role of Chat may do in a template, for the evaluation; a reference stands as its name."""
    scope = CONTEXT.scope(source)
    found = permissions_of(Role("Role", {"Ref": "Role"}, None, ("Chat",), ()), source, scope).statements

    def texts(value: Any) -> list[str]:
        return [re.sub(r"\$\{([^}]*)\}", r"<\1>", text) for text in texts_of(value, scope)]

    return [
        statement_of(
            {
                "Effect": "Allow",
                "Action": texts(each.content["Action"]),
                "Resource": texts(each.content["Resource"]),
                "Condition": {
                    operator: {key: texts(value) for key, value in keys.items()}
                    for operator, keys in each.content.get("Condition", {}).items()
                },
            }
        )
        for each in found
    ]


@given(st.lists(STATEMENTS, min_size=1, max_size=4), VARIABLES)
@settings(max_examples=150, deadline=None)
def test_nothing_that_the_template_showed_is_lost_and_nothing_else_is_gained(
    written: list[dict[str, Any]], variables: dict[str, Any]
) -> None:
    """Whatever the policies: each model that is taken over works through its profile wherever it worked, every other
    permission for Bedrock stays, and no other model can be invoked that could not be.
    """
    source = by_hand(*written, **variables)
    source["Resources"]["Mine"] = profile(on_profile(f"us.{HAIKU}"))
    items, result = adopted(source, f"us.{MODEL}")
    before, after = statements(source), statements(dict(expand(result, CONTEXT, CATALOG).template))
    for item in items:
        for name, route in item.routes.items():
            existing = item.declarations[name]["Properties"].get("ExistingInferenceProfile")
            maker = "Mine" if existing else f"{name}InferenceProfile"
            through = {"bedrock:InferenceProfileArn": f"<{maker}.InferenceProfileArn>"}
            for action in INVOKE:
                for region in route.regions:
                    if allowed(before, action, on_model(route.model, region), {}):
                        assert allowed(after, action, on_model(route.model, region), through)
    for action in ("bedrock:Retrieve", "bedrock:ApplyGuardrail"):
        for probe in PROBES:
            assert allowed(before, action, probe, {}) == allowed(after, action, probe, {})
    for probe in PROBES:
        assert not allowed(after, INVOKE[0], probe, {}) or allowed(before, INVOKE[0], probe, {})
