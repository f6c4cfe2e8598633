"""A file system of Amazon EFS in the VPC: what waits for it, who may reach it, and what the role may do with it."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.network.templates import declaration, expanded, one_problem
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import allowed
from tests.support.templates import FUNCTION, NO_VALUE, get_att, of_type, on, properties, role, serverless, template

POINT = get_att("Point", "Arn")
MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"


def files(arn: Any = POINT) -> dict[str, Any]:
    """LambdaFunctionProps with a file system."""
    return {"FileSystemConfigs": [{"Arn": arn, "LocalMountPath": "/mnt/models"}]}


def with_files(arn: Any = POINT, attributes: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """The file system, its access point and a mount target, and the declaration Chat that waits for it."""
    target = {"FileSystemId": {"Ref": "Files"}, "SubnetId": {"Ref": "ChatSubnet1"}}
    chat = declaration(DeployVpc=True, LambdaFunctionProps={**FUNCTION, **files(arn)}, **given)
    return {
        "Files": {"Type": "AWS::EFS::FileSystem"},
        "Point": {"Type": "AWS::EFS::AccessPoint", "Properties": {"FileSystemId": {"Ref": "Files"}}},
        "Mount": {"Type": "AWS::EFS::MountTarget", "Properties": target},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Chat": {**chat, "DependsOn": ["Mount", "Topic"], **(attributes or {})},
    }


def mounting(policy: dict[str, Any]) -> Any:
    """The statement of a policy that is about file systems."""
    return next(item for item in policy["PolicyDocument"]["Statement"] if "elasticfilesystem" in str(item))


def statement(resources: dict[str, Any], **options: Any) -> Any:
    """The same of the role of Chat."""
    return mounting(properties(expanded(resources, **options), "ChatRole")["Policies"][0])


def test_the_function_alone_waits_for_what_waits_for_the_network() -> None:
    """A mount target in a generated subnet is waited for by the function, and the rest of DependsOn by all."""
    waits = {name: item.get("DependsOn") for name, item in expanded(with_files())["Resources"].items()}

    assert waits["Chat"] == ["Mount", "Topic"]
    assert {tuple(waits[name]) for name in waits if name.startswith("Chat") and name != "Chat"} == {("Topic",)}


def test_a_function_of_the_template_waits_for_them_too() -> None:
    """The DependsOn of a declaration on a serverless function gets to that function."""
    resources = with_files()
    resources["Fn"] = serverless(**files())
    resources["Chat"] = on({"Ref": "Fn"}, {"DependsOn": "Mount"}, DeployVpc=True)
    template = expanded(resources)

    assert template["Resources"]["Fn"]["DependsOn"] == ["ChatPolicy", "ChatNetworkPolicy", "Mount"]
    assert mounting(properties(template, "ChatNetworkPolicy"))["Action"] == [MOUNT, WRITE]


def test_a_circular_dependency_that_the_function_closes_is_still_reported() -> None:
    """A mount target that waits for the function itself is circular, whoever waits for it."""
    resources = with_files()
    resources["Mount"]["DependsOn"] = "Chat"

    assert "circular dependency: " in one_problem(resources)


def test_nfs_is_let_out_to_the_vpc() -> None:
    """The function reaches port 2049 in the VPC's own block and nowhere else."""
    rules = properties(expanded(with_files()), "ChatSecurityGroup")["SecurityGroupEgress"]

    assert [(rule["FromPort"], rule.get("CidrIp")) for rule in rules] == [
        (443, None),
        (2049, get_att("ChatVpc", "CidrBlock")),
    ]


def test_a_rule_of_the_users_is_not_made_twice() -> None:
    """EC2 refuses a rule that is there already, so a running stack with its own rule for NFS stays as it is."""
    own = {"GroupId": get_att("Chat", "SecurityGroupId"), "IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}
    rule = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {**own, "CidrIp": "10.0.0.0/16"}}
    template = expanded({**with_files(), "Rule": rule})

    assert [rule["FromPort"] for rule in properties(template, "ChatSecurityGroup")["SecurityGroupEgress"]] == [443]


IN_OFFICE = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}


@pytest.mark.parametrize(
    ("network", "added", "closed"),
    [
        (IN_OFFICE, {}, True),
        (IN_OFFICE | {"CidrBlock": "10.0.0.0/16"}, {}, False),
        (IN_OFFICE | {"SecurityGroupIds": ["sg-1"]}, {}, False),
        (IN_OFFICE, {"VpcConfig": {"SecurityGroupIds": ["sg-1"]}}, False),
    ],
)
def test_files_that_the_generated_group_keeps_out_of_reach_are_said(network: Any, added: Any, closed: bool) -> None:
    """Without the block of a VPC from elsewhere there is no rule for NFS, and a mount would wait until it fails."""
    function = {**FUNCTION, **files("arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-1"), **added}
    source = template(Chat=declaration(ExistingVpc=network, LambdaFunctionProps=function))
    expansion = expand(source, StackContext("us-east-1"), Catalog.bundled())
    said = [item for item in expansion.remarks if item.path == ("Properties", "ExistingVpc")]

    assert [item.rule for item in said] == (["closed"] if closed else [])
    assert all("Add CidrBlock" in item.fix and "!GetAtt Chat.SecurityGroupId" in item.fix for item in said)


def test_a_rule_for_nfs_of_the_users_opens_the_way_to_files() -> None:
    """What the message advises works: with the user's own egress rule nothing is out of reach."""
    own = {"GroupId": get_att("Chat", "SecurityGroupId"), "IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}
    rule = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {**own, "CidrIp": "10.0.0.0/16"}}
    function = {**FUNCTION, **files("arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-1")}
    chat = declaration(ExistingVpc=IN_OFFICE, LambdaFunctionProps=function)

    assert expand(template(Chat=chat, Rule=rule), StackContext("us-east-1"), Catalog.bundled()).remarks == ()


def test_the_role_may_mount_through_the_access_point_only() -> None:
    """The statement names the file system, since IAM asks for that, and the access point as its condition."""
    stack = Deployed(expanded(with_files()), "us-east-1", {})
    policy, key = stack.identity("Chat"), "elasticfilesystem:AccessPointArn"
    made = statement(with_files())
    point, arn = stack.value(made["Condition"]["StringEquals"][key]), stack.value(made["Resource"])

    assert ":file-system/" in arn
    for action in (MOUNT, WRITE):
        assert allowed(policy, action, arn, {key: point})
        assert not allowed(policy, action, arn, {key: point + "x"})
        assert not allowed(policy, action, arn, {})
        assert not allowed(policy, action, arn + "x", {key: point})
    assert not allowed(policy, "elasticfilesystem:ClientRootAccess", arn, {key: point})


@pytest.mark.parametrize(
    "arn", ["arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-1", {"Fn::ImportValue": "point"}]
)
def test_an_access_point_from_elsewhere_tells_by_itself(arn: Any) -> None:
    """The file system of an access point that the template does not show is not known, and its own ARN is enough."""
    found = statement(with_files(arn))

    assert found["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:*:file-system/*"}
    assert found["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": arn}}


@pytest.mark.parametrize("arn", ["arn:aws:s3files:us-east-1:111122223333:file-system/fs-1/access-point/fsap-1"])
def test_s3_files_get_no_permission_of_efs(arn: Any) -> None:
    """Amazon S3 Files has permissions of its own, and NFS all the same."""
    template = expanded(with_files(arn))

    assert "elasticfilesystem" not in str(properties(template, "ChatRole"))
    assert properties(template, "ChatSecurityGroup")["SecurityGroupEgress"][-1]["FromPort"] == 2049


def test_a_file_system_that_names_the_role_is_not_named_by_it() -> None:
    """A policy of the file system that names the role says itself what the role may do; naming it would be circular."""
    resources = with_files()
    resources["Files"]["Properties"] = {"FileSystemPolicy": {"Principal": {"AWS": get_att("Chat", "RoleArn")}}}

    assert "elasticfilesystem" not in str(properties(expanded(resources), "ChatRole"))


def test_a_condition_around_the_file_system_stays() -> None:
    """A file system under Fn::If is granted under the same condition."""
    config = {"Fn::If": ["C", files()["FileSystemConfigs"], NO_VALUE]}
    resources = with_files()
    resources["Chat"]["Properties"]["LambdaFunctionProps"]["FileSystemConfigs"] = config
    sections = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    }
    found = statement(resources, **sections)

    assert found["Fn::If"][0] == "C"
    assert found["Fn::If"][1]["Sid"] == "MountFileSystem"
    assert found["Fn::If"][2] == NO_VALUE


def test_a_role_of_the_template_gets_the_permission_by_the_policy() -> None:
    """A new function with a role of the user's mounts as well."""
    resources = {**with_files(), "Own": role()}
    resources["Chat"]["Properties"]["LambdaFunctionProps"]["Role"] = get_att("Own", "Arn")

    assert MOUNT in mounting(properties(expanded(resources), "ChatPolicy"))["Action"]


def test_a_function_without_files_gets_no_rule() -> None:
    """Who has no file system reaches none."""
    template = expanded({"Chat": declaration(DeployVpc=True)})
    (group,) = [name for name in of_type(template, "SecurityGroup") if name == "ChatSecurityGroup"]

    assert [rule["FromPort"] for rule in properties(template, group)["SecurityGroupEgress"]] == [443]
