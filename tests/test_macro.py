"""The macro's Lambda function, with the recorded events of ``events/`` and with ones no AWS would send."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile import __version__, macro
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.live import Listing

EVENTS = Path(__file__).parents[1] / "events"


def recorded(name: str) -> dict[str, Any]:
    """The event that ``events/macro-<name>.json`` holds."""
    event: dict[str, Any] = json.loads((EVENTS / f"macro-{name}.json").read_text(encoding="utf-8"))
    return event


def answer(event: Any) -> dict[str, Any]:
    """The handler's answer, as JSON would carry it, with the contract's part checked that holds for every answer."""
    before = copy.deepcopy(event)
    macro.settings.cache_clear()  # A function whose environment changes starts anew.
    result: dict[str, Any] = json.loads(json.dumps(macro.handler(event, None)))
    assert event == before
    assert result["status"] in ("success", "failure")
    assert ("errorMessage" in result) == (result["status"] == "failure")
    return result


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that the log records hold, keys and values."""
    return "\n".join(str(vars(record)) for record in caplog.records)


def test_a_question_is_no_end_for_cloudformation() -> None:
    """CloudFormation puts a full stop behind the message, and none follows a question mark."""
    event = recorded("create")
    properties = event["fragment"]["Resources"]["Assistant"]["Properties"]
    properties["bedrockModelId"] = properties.pop("BedrockModelId")
    assert answer(event)["errorMessage"].endswith("Did you mean BedrockModelId? (1 error)")


def test_a_stack_that_is_created_gets_the_whole_expansion() -> None:
    """The event of a create (events/macro-create.json) is answered with the four resources of one declaration."""
    event = recorded("create")
    result = answer(event)
    assert result["status"] == "success"
    assert result["requestId"] == event["requestId"]
    assert {name: resource["Type"] for name, resource in result["fragment"]["Resources"].items()} == {
        "Assistant": "AWS::Lambda::Function",
        "AssistantLogGroup": "AWS::Logs::LogGroup",
        "AssistantRole": "AWS::IAM::Role",
        "AssistantInferenceProfile": "AWS::Bedrock::ApplicationInferenceProfile",
    }
    assert result["fragment"]["Outputs"]["ProfileArn"]["Value"] == {
        "Fn::GetAtt": ["AssistantInferenceProfile", "InferenceProfileArn"]
    }


def test_a_changed_model_gets_a_profile_of_another_name() -> None:
    """An update to another model (events/macro-update.json) can make the new profile while the old one stands."""
    old, new = (answer(recorded(name))["fragment"]["Resources"] for name in ("create", "update"))
    profiles = [resources["AssistantInferenceProfile"]["Properties"] for resources in (old, new)]
    assert profiles[0]["ModelSource"] != profiles[1]["ModelSource"]
    assert profiles[0]["InferenceProfileName"] != profiles[1]["InferenceProfileName"]
    assert old.keys() == new.keys()


def test_every_problem_is_a_line_of_the_message() -> None:
    """Four mistakes (events/macro-failure.json) are refused at once, each with its place and its fix."""
    event = recorded("failure")
    result = answer(event)
    assert result["status"] == "failure"
    assert result["fragment"] == event["fragment"]
    lines = result["errorMessage"].splitlines()
    assert [line.split(": ")[0] for line in sorted(lines)] == [
        "Assistant.Properties.BedrockModelId",
        "Assistant.Properties.Geografy",
        "Assistant.Properties.LambdaFunctionProps.Timeout",
        "Outputs.ProfileArn.Value",
    ]
    assert "Did you mean Geography?" in result["errorMessage"]
    assert "amazon.nova-lite-v1:0" in result["errorMessage"]


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        (["us-east-1", "nowhere"], "DestinationRegions.1: this is not the name of an AWS Region. "),
        (["us-east-1", "us-east-1"], "DestinationRegions.1: DestinationRegions names us-east-1 twice. "),
        (["cn-north-1"], "DestinationRegions.0: cn-north-1 is of the partition aws-cn, and us-east-1 is in aws. "),
        ([{"Ref": "AWS::Region"}, "us-east-1"], "DestinationRegions: a Region is there twice, or is none, or "),
    ],
)
def test_a_wrong_destination_is_reported_at_its_place(regions: list[Any], message: str) -> None:
    """In a list that is written out the message names the entry, and the list where an entry comes from elsewhere."""
    event = recorded("create")
    event["fragment"]["Resources"]["Assistant"]["Properties"]["DestinationRegions"] = regions
    assert answer(event)["errorMessage"].startswith(f"Assistant.Properties.{message}")


def test_parameters_decide_and_stay_references(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Parameter values (events/macro-parameters.json) choose the route; neither answer nor log shows one."""
    result = answer(recorded("parameters"))
    properties = result["fragment"]["Resources"]["AssistantInferenceProfile"]["Properties"]
    assert properties["ModelSource"]["CopyFrom"]["Fn::Sub"].endswith(":inference-profile/us.${Model}")
    seen = json.dumps(result) + logged(caplog) + "".join(capsys.readouterr())
    assert "expanded" in seen
    assert "nova-micro" not in seen
    assert "hunter2" not in seen


def test_a_template_without_declarations_comes_back_as_it_is() -> None:
    """A template that merely names the macro (events/macro-no-declaration.json) is not changed."""
    event = recorded("no-declaration")
    assert answer(event)["fragment"] == event["fragment"]


def test_govcloud_is_served_by_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CloudFormation lacks the profile type (events/macro-govcloud.json), the provider stands in."""
    refused = answer(recorded("govcloud"))
    assert "the provider that stands in for it is not deployed" in refused["errorMessage"]
    monkeypatch.setenv("PROVIDER_ARN", "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:provider")
    profile = answer(recorded("govcloud"))["fragment"]["Resources"]["AssistantInferenceProfile"]
    assert profile["Type"] == "Custom::BedrockInferenceProfile"
    assert "inference-profile/us-gov." in profile["Properties"]["ModelSource"]["CopyFrom"]["Fn::Sub"]


def test_a_call_inside_a_section_is_refused_with_what_to_do() -> None:
    """Fn::Transform in a resource (events/macro-snippet.json) cannot add resources, and the answer says so."""
    message = answer(recorded("snippet"))["errorMessage"]
    assert "Fn::Transform" in message
    assert "Transform section at the top" in message


@pytest.mark.parametrize("event", [None, [], "text", {}, {"requestId": "r"}, {**recorded("create"), "fragment": []}])
def test_a_malformed_event_is_a_failure_with_a_message(event: Any) -> None:
    """What no CloudFormation would send is answered in the contract's form."""
    assert answer(event)["errorMessage"].startswith("Event.")


def test_an_unforeseen_error_names_the_request_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the macro itself is answered with what to search its log for, and the log holds no value."""

    def fault(*arguments: object, **options: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(macro, "expand", fault)
    event = recorded("create")
    result = answer(event)
    assert event["requestId"] in result["errorMessage"]
    assert "RuntimeError" in logged(caplog)
    assert "hunter2" not in logged(caplog) + result["errorMessage"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)


@given(properties=json_values, attributes=st.dictionaries(st.sampled_from(["Condition", "DependsOn"]), json_values))
def test_no_declaration_is_a_fault_of_the_macro(properties: Any, attributes: dict[str, Any]) -> None:
    """Whatever a declaration holds, the answer is an expansion or a message about the template."""
    event = recorded("create")
    event["fragment"]["Resources"]["Assistant"] = {
        "Type": "Custom::LambdaBedrockProfile",
        "Properties": properties,
        **attributes,
    }
    assert "fault of the macro" not in answer(event).get("errorMessage", "")


def test_a_cold_start_imports_neither_boto3_nor_the_provider() -> None:
    """The macro starts quickly: what it does not need in its default mode is not loaded."""
    code = "import sys, lambda_bedrock_profile.macro; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    loaded = done.stdout.split()
    assert "lambda_bedrock_profile.expand" in loaded
    unwanted = {"boto3", "crhelper", "click", "yaml", "cfnlint", "lambda_bedrock_profile.provider"}
    assert unwanted.isdisjoint(loaded)


def test_garbage_is_collected_once_the_macro_is_imported() -> None:
    """The collector waits for the imports alone: a function that lives for hours does not run out of memory."""
    code = "import gc, lambda_bedrock_profile.macro; print(gc.isenabled(), gc.get_freeze_count() > 0)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["True", "True"]


class TestLiveRoutes:
    """The mode in which Bedrock is asked; its answers are recorded ones."""

    @pytest.fixture(autouse=True)
    def bedrock(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Bedrock lists one model that no bundled catalog knows; gives the Regions it was asked in."""
        from lambda_bedrock_profile import live_routes

        asked: list[str] = []

        def fetch(client: Any) -> Listing:
            asked.append(client.meta.region_name)
            arns = [f"arn:aws:bedrock:{region}::foundation-model/amazon.brand-new-v1:0" for region in REGIONS]
            profile = {"inferenceProfileId": "us.amazon.brand-new-v1:0", "models": [{"modelArn": arn} for arn in arns]}
            return Listing("us-east-1", (profile,), ())

        monkeypatch.setattr(live_routes, "fetch_region", fetch)
        monkeypatch.setattr(live_routes, "_until", {})
        return asked

    def brand_new(self, **properties: Any) -> dict[str, Any]:
        """A create event that asks for the model Bedrock alone knows."""
        event = recorded("create")
        event["fragment"]["Resources"]["Assistant"]["Properties"] |= {
            "BedrockModelId": "amazon.brand-new-v1:0",
            **properties,
        }
        return event

    def test_auto_asks_once_for_a_model_the_catalog_does_not_know(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str]
    ) -> None:
        """In the mode auto a new model has a route the day Bedrock lists it, and the answer is kept for a while."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        assert [answer(self.brand_new(Geography="us"))["status"] for _ in range(2)] == ["success", "success"]
        assert bedrock == ["us-east-1"]

    @pytest.mark.parametrize("mode", ["auto", "live"])
    def test_a_model_that_only_bedrock_knows_needs_its_geography(
        self, monkeypatch: pytest.MonkeyPatch, mode: str
    ) -> None:
        """No profile is made that a later listing, or a later version of the macro, would replace by another."""
        monkeypatch.setenv("CATALOG_MODE", mode)
        assert answer(self.brand_new())["errorMessage"] == (
            "Assistant.Properties.BedrockModelId: Bedrock lists profiles of 'amazon.brand-new-v1:0' in us-east-1 that "
            "the bundled catalog does not know, and auto could not keep its choice among them. Write Geography: us"
        )

    def test_auto_asks_nobody_for_a_model_the_catalog_knows(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str]
    ) -> None:
        """In the mode auto an ordinary template costs no call."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        assert answer(recorded("create"))["status"] == "success"
        assert bedrock == []

    def test_auto_asks_nobody_for_a_mistake_that_is_no_route(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str]
    ) -> None:
        """In the mode auto a misspelt property is refused without a call, which could not help."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        event = recorded("create")
        event["fragment"]["Resources"]["Assistant"]["Properties"]["Geografy"] = "us"
        assert "Did you mean Geography?" in answer(event)["errorMessage"]
        assert bedrock == []

    def test_auto_asks_nobody_for_what_no_listing_can_cure(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A missing provider, a missing endpoint service and a Region that is there twice cost no call and no miss."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        for wrong in (
            {"VerifyModelAccess": True},
            {"DeployVpc": True, "InterfaceEndpoints": ["bedrock-runtime", "bedrok"]},
            {"DestinationRegions": ["us-east-1", "us-east-1"]},
        ):
            event = recorded("create")
            event["fragment"]["Resources"]["Assistant"]["Properties"].update(wrong)
            assert answer(event)["status"] == "failure"
        assert bedrock == []
        assert "CatalogMisses" not in capsys.readouterr().out

    def test_auto_asks_for_a_missing_route_among_other_mistakes(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str]
    ) -> None:
        """In the mode auto a model that Bedrock knows is not told as a problem beside a real one."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        event = self.brand_new(Geography="us")
        declared = event["fragment"]["Resources"]["Assistant"]
        event["fragment"]["Resources"]["Other"] = {
            **declared,
            "Properties": {**declared["Properties"], "Geografy": "us"},
        }
        assert [line.split(":")[0] for line in answer(event)["errorMessage"].splitlines()] == [
            "Other.Properties.Geografy"
        ]
        assert bedrock == ["us-east-1"]

    def test_a_miss_of_the_bundled_catalog_is_counted(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An operator sees in the metrics how often the bundled catalog was too old."""
        monkeypatch.setenv("CATALOG_MODE", "auto")
        for event, counted in ((recorded("create"), False), (self.brand_new(Geography="us"), True)):
            capsys.readouterr()
            answer(event)
            assert ("CatalogMisses" in capsys.readouterr().out) == counted

    @pytest.mark.parametrize("answers", [True, False])
    def test_bedrock_is_asked_anew_after_a_while(
        self, monkeypatch: pytest.MonkeyPatch, bedrock: list[str], answers: bool
    ) -> None:
        """A warm container learns of a new model within the hour, and of Bedrock's recovery within a minute."""
        from lambda_bedrock_profile import live_routes

        def failing(client: Any) -> Listing:
            bedrock.append(client.meta.region_name)
            raise EndpointConnectionError(endpoint_url="https://bedrock.us-east-1.amazonaws.com")

        if not answers:
            monkeypatch.setattr(live_routes, "fetch_region", failing)
        now = 1000.0
        monkeypatch.setattr(live_routes, "time", SimpleNamespace(monotonic=lambda: now))
        monkeypatch.setenv("CATALOG_MODE", "live")
        for passed, asked in ((0, 1), (3599 if answers else 59, 1), (2, 2)):
            now += passed
            answer(recorded("create"))
            assert len(bedrock) == asked

    def test_bundled_never_asks(self, bedrock: list[str]) -> None:
        """In the default mode an unknown model is refused without a call."""
        assert "catalog" in answer(self.brand_new())["errorMessage"]
        assert bedrock == []

    def test_the_bundled_catalog_answers_where_bedrock_does_not(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """In the mode live a template still expands while Bedrock is out of reach, and the log says so."""
        from lambda_bedrock_profile import live_routes

        def unreachable(client: Any) -> Listing:
            raise EndpointConnectionError(endpoint_url="https://bedrock.us-east-1.amazonaws.com")

        monkeypatch.setattr(live_routes, "fetch_region", unreachable)
        monkeypatch.setenv("CATALOG_MODE", "live")
        assert answer(recorded("create"))["status"] == "success"
        assert "Bedrock did not answer" in logged(caplog)

    @pytest.mark.parametrize("mode", ["auto", "live"])
    @pytest.mark.parametrize(
        ("error", "name"),
        [
            (
                EndpointConnectionError(endpoint_url="https://bedrock.us-east-1.amazonaws.com"),
                "EndpointConnectionError",
            ),
            (
                ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListInferenceProfiles"),
                "AccessDeniedException",
            ),
        ],
    )
    def test_a_model_that_bedrock_was_asked_for_in_vain(
        self, monkeypatch: pytest.MonkeyPatch, mode: str, error: Exception, name: str
    ) -> None:
        """Whoever reads that a model is unknown also reads that Bedrock could not be asked, and why."""
        from lambda_bedrock_profile import live_routes

        def silent(client: Any) -> Listing:
            raise error

        monkeypatch.setattr(live_routes, "fetch_region", silent)
        monkeypatch.setattr(live_routes, "_until", {})
        monkeypatch.setenv("CATALOG_MODE", mode)
        message = answer(self.brand_new())["errorMessage"]
        assert message.count(f"Bedrock was asked for what it offers now, and gave no answer ({name}). ") == 1


REGIONS = ("us-east-1", "us-west-2")


def test_a_bedrock_that_fails_is_asked_twice_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The macro keeps within its time: two attempts, the bundled catalog, and no call at the next template."""
    from lambda_bedrock_profile import live_routes

    asked: list[str] = []

    class Failing(BaseHTTPRequestHandler):
        """Bedrock on a bad day."""

        def do_GET(self) -> None:
            """Answer that the service is unavailable."""
            asked.append(self.path)
            self.send_error(503)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("CATALOG_MODE", "live")
    monkeypatch.setattr(live_routes, "_until", {})
    try:
        assert [answer(recorded("create"))["status"] for _ in range(2)] == ["success", "success"]
    finally:
        server.shutdown()
        server.server_close()
    assert len(asked) == 2


def test_the_bundled_catalog_is_loaded_once() -> None:
    """A warm container does not read the catalog again."""
    assert Catalog.bundled() is Catalog.bundled()


def test_each_line_of_the_log_names_version_and_catalog(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever looks for a stack's failure sees which version of the macro it met."""
    refused = recorded("create")
    refused["fragment"]["Resources"]["Assistant"]["Properties"]["Geografy"] = "us"
    for event in (recorded("create"), refused):
        caplog.clear()
        answer(event)
        (record,) = caplog.records
        assert (vars(record)["version"], vars(record)["catalog"]) == (__version__, Catalog.bundled().as_of)


def test_a_rule_that_cannot_be_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that the macro does not understand lets no template through, and the message says which one it is."""
    monkeypatch.setenv("REQUIRED_TAG_KEYS", "team;app")
    result = answer(recorded("create"))
    assert result["errorMessage"].startswith("MacroStack.RequiredTagKeys: does not hold keys of tags.")
