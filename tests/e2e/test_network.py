"""A function in a VPC, deployed on the embedded AWS, which keeps networks but carries no packets through them."""

from __future__ import annotations

from typing import Any

from tests.e2e.account import Account, assistant


def rules_of_default_group(account: Account, vpc: str) -> list[Any]:
    """The rules of a VPC's default security group."""
    ec2 = account.aws.client("ec2")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    [group] = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    rules: list[Any] = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])[
        "SecurityGroupRules"
    ]
    return rules


def endpoints(account: Account, vpc: str) -> dict[str, Any]:
    """The endpoints in a VPC, by service."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    found = account.aws.client("ec2").describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    return {endpoint["ServiceName"].rpartition(".")[2]: endpoint for endpoint in found}


def test_a_deployed_vpc_holds_the_function_and_endpoints_for_bedrock(account: Account) -> None:
    """The function stands in two subnets of the new VPC, with an endpoint for each of Bedrock's two services."""
    outputs = account.deploy(assistant(DeployVpc=True))
    made = account.resources()
    function = account.aws.functions.get_function_configuration(FunctionName=outputs["FunctionName"])["VpcConfig"]
    assert function["VpcId"] == made["AssistantVpc"]
    assert function["SubnetIds"] == [made["AssistantSubnet1"], made["AssistantSubnet2"]]
    assert function["SecurityGroupIds"] == [made["AssistantSecurityGroup"]]
    found = endpoints(account, made["AssistantVpc"])
    assert found.keys() == {"bedrock", "bedrock-runtime"}
    for endpoint in found.values():
        assert endpoint["VpcEndpointType"] == "Interface"
        assert sorted(endpoint["SubnetIds"]) == sorted(function["SubnetIds"])
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])


def test_the_default_security_group_of_a_deployed_vpc_is_closed(account: Account) -> None:
    """The provider takes every rule from the new VPC's default security group, and the VPC logs its traffic."""
    account.deploy(assistant(DeployVpc=True))
    vpc = account.resources()["AssistantVpc"]
    assert rules_of_default_group(account, vpc) == []
    logs = account.aws.client("ec2").describe_flow_logs()["FlowLogs"]
    assert [log["ResourceId"] for log in logs] == [vpc]


def test_an_existing_vpc_is_used_as_it_is(account: Account) -> None:
    """In a VPC named by its ids the function gets a group and endpoints of its own; what was there is not touched."""
    ec2 = account.aws.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = sorted(subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"])[:2]
    before = rules_of_default_group(account, vpc)
    outputs = account.deploy(assistant(ExistingVpc={"VpcId": vpc, "SubnetIds": subnets, "CidrBlock": "172.31.0.0/16"}))
    function = account.aws.functions.get_function_configuration(FunctionName=outputs["FunctionName"])["VpcConfig"]
    assert function["SubnetIds"] == subnets
    assert endpoints(account, vpc).keys() == {"bedrock", "bedrock-runtime"}
    assert rules_of_default_group(account, vpc) == before
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])


def test_a_running_function_moves_into_a_vpc_and_out_again(account: Account) -> None:
    """DeployVpc can be switched on and off: the function and its profile stay, the network comes and goes."""
    before = account.deploy(assistant())
    holdings = account.holdings()
    assert account.deploy(assistant(DeployVpc=True)) == before
    assert before["ProfileArn"] in account.ask(before["FunctionName"])
    assert account.deploy(assistant()) == before
    assert account.holdings() == holdings
    assert before["ProfileArn"] in account.ask(before["FunctionName"])
