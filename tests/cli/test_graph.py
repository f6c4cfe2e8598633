"""``graph``: the processed stack as Mermaid, as DOT, and as images by way of Graphviz."""

import re
import stat
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lambda_bedrock_profile.cli.graph import dot, mermaid
from lambda_bedrock_profile.cli.picture import Edge, Node, Picture, resource_picture
from lambda_bedrock_profile.expand import Expansion
from scripts.pictures import PICTURES, example
from tests.cli.conftest import Run

DOCS = Path(__file__).parents[2] / "docs"
HERE = ("--region", "us-east-1")


@pytest.mark.parametrize("name", ["assistant", "beside_sam", "private"])
def test_mermaid_needs_nothing_installed(
    name: str, run: Run, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an option the picture is Mermaid on standard output."""
    monkeypatch.setenv("PATH", "")
    result = run("graph", f"{name}.yaml", *HERE)
    assert result.exit_code == 0
    golden(f"graph_{name}.mmd", result.stdout)


def test_calls_lead_from_events_to_regions(run: Run, golden: Callable[[str, str], None]) -> None:
    """What invokes a function of the template is at the left, and the Regions that may serve it are at the right."""
    result = run("graph", "-", "--view", "calls", *HERE, text=EVENTS)
    assert result.exit_code == 0
    golden("graph_calls.mmd", result.stdout)


EVENTS = """
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket}
  Link: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt One.FunctionArn, AuthType: AWS_IAM}}
  Open:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref One, Action: a, Principal: "*", FunctionUrlAuthType: NONE}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref One}}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Version, EventSourceArn: !GetAtt Queue.Arn}
  Far:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref One, EventSourceArn: "arn:aws:sqs:a:b:c"}
  Drop:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref One, Action: a, Principal: s3.amazonaws.com, SourceArn: !GetAtt Bucket.Arn}
  Any:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref One, Action: a, Principal: sns.amazonaws.com}
  Unrelated: {Type: AWS::Lambda::Permission, Properties: {FunctionName: x, Action: a, Principal: iot.amazonaws.com}}
  Chat:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, InlineCode: x, Events: {Web: {Type: HttpApi}}}
  One:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: x}}
      DeployVpc: true
  Two:
    Type: Custom::LambdaBedrockProfile
    Properties: {BedrockModelId: amazon.nova-micro-v1:0, ExistingLambdaObj: !Ref Chat, DeployCrossRegionProfile: false}
  Three:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: anthropic.claude-opus-4-6-v1
      ExistingLambdaObj: !Ref Chat
      Geography: global
      FoundationModelEnvironmentVariableName: OTHER_MODEL
      InferenceProfileEnvironmentVariableName: OTHER_PROFILE
"""


@pytest.mark.parametrize(("name", "added"), PICTURES.items())
def test_the_pictures_of_the_readme_are_of_its_example(name: str, added: str, run: Run) -> None:
    """Each box of the picture is one that graph draws today of the README's first example, and none is missing."""
    drawn = run("graph", "-", "--view", "calls", *HERE, text=example(added)).stdout
    boxes = re.findall(r'\["(.*?)<br/><small>(.*?)</small>', drawn)
    svg = ElementTree.fromstring((DOCS / f"{name}.svg").read_bytes())
    words = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert words == [word.replace("#58;", ":") for box in boxes for word in box]
    pages = (DOCS.parent / "README.md", DOCS / "command-line.md")
    assert any(f"{name}.svg" in page.read_text(encoding="utf-8") for page in pages)


def test_a_profile_that_is_shared_is_one_box(run: Run) -> None:
    """Two functions on one profile lead to the same box, and a profile of no template has a box of its own."""
    arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl"
    shared = ONE.replace("REST", "") + ONE.replace("Resources:\n", "").replace("Chat:", "Other:").replace(
        "BedrockModelId: amazon.nova-lite-v1:0, REST", "ExistingInferenceProfile: !GetAtt Chat.InferenceProfileArn, "
    )
    drawn = run("graph", "-", "--view", "calls", *HERE, text=shared).stdout
    assert drawn.count("InferenceProfile<br/>") == 1
    given = ONE.replace("REST", f"ExistingInferenceProfile: '{arn}', ")
    assert '"Chat.ExistingInferenceProfile<br/>' in run("graph", "-", "--view", "calls", *HERE, text=given).stdout


ONE = """\
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties: {BedrockModelId: amazon.nova-lite-v1:0, REST
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: x}}}
"""


def test_dot_is_written_for_graphviz(run: Run, golden: Callable[[str, str], None], tmp_path: Path) -> None:
    """A name that ends in .dot gets the language of Graphviz."""
    assert run("graph", "beside_sam.yaml", *HERE, "-o", str(tmp_path / "g.dot")).exit_code == 0
    golden("graph_beside_sam.dot", (tmp_path / "g.dot").read_text())


@pytest.mark.parametrize(("program", "name"), [("dot", "g.svg"), ("graphviz-pure", "g.svg"), ("dot", "G.SVG")])
def test_images_are_drawn_by_graphviz(
    program: str, name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image is what Graphviz, or its port, makes of the DOT text; the case of the ending is no matter."""
    fake = tmp_path / program
    fake.write_text('#!/bin/sh\necho "$1"\nwhile read -r line; do echo "$line"; done\n')
    fake.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("graph", "assistant.yaml", *HERE, "-o", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / name).read_text().startswith("-Tsvg\ndigraph stack {")


def test_a_failing_graphviz_is_quoted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Graphviz complains about is passed on in one line, and no file is written."""
    fake = tmp_path / "dot"
    fake.write_text("#!/bin/sh\necho 'no such\nformat' >&2\nexit 1\n")
    fake.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("graph", "assistant.yaml", *HERE, "-o", str(tmp_path / "g.png"))
    assert result.exit_code == 2
    assert "failed: no such format" in result.stderr
    assert not (tmp_path / "g.png").exists()


def test_without_graphviz_there_is_another_way(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image without Graphviz is refused, with what to install and what works without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("graph", "assistant.yaml", *HERE, "-o", str(tmp_path / "g.svg"))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path / 'g.svg'}: an image is drawn by Graphviz, which is not installed. ")
    assert "pip install graphviz-pure; or write .mmd or .dot" in result.stderr


def test_standard_output_can_be_named_by_a_dash(run: Run) -> None:
    """A dash is no file without an ending: it means what leaving the option out means."""
    result = run("graph", "assistant.yaml", *HERE, "-o", "-")
    assert (result.exit_code, result.stdout) == (0, run("graph", "assistant.yaml", *HERE).stdout)


@pytest.mark.parametrize("name", ["g.pdf", "g"])
def test_other_formats_are_refused(name: str, run: Run) -> None:
    """An ending that means nothing is a wrong option."""
    assert run("graph", "assistant.yaml", *HERE, "-o", name).exit_code == 2


def test_references_are_arrows_and_waiting_is_dashed() -> None:
    """Ref, Fn::GetAtt and Fn::Sub lead to resources; DependsOn does where nothing else leads there."""
    template = {
        "Resources": {
            "A": {
                "Properties": {"X": [{"Ref": "B"}, {"Ref": "Parameter"}, {"Fn::Sub": "${C.Arn} ${A}"}]},
                "DependsOn": ["B", "D"],
            },
            "B": {"DependsOn": "A"},
            "C": {},
            "D": {"DependsOn": [["odd"]]},
            "Odd": [],
        }
    }
    assert resource_picture(Expansion(template)).edges == (
        Edge("A", "B", depends_on=False),
        Edge("A", "C", depends_on=False),
        Edge("A", "D", depends_on=True),
        Edge("B", "A", depends_on=True),
    )


def test_odd_names_cannot_break_the_picture() -> None:
    """What a name holds is text in both languages, never syntax."""
    drawn = Picture((Node('"]\n;&<b>', "T\\", "other", "g"),), ())
    assert '["#34;#93;#10;#59;#38;#60;b#62;<br/><small>T#92;</small>"]' in mermaid(drawn)
    assert r'"\"] ;&amp;<b>" [label="\"] ;&amp;<b>\nT\\"' in dot(drawn)
