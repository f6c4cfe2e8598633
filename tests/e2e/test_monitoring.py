"""Monitoring on the embedded AWS: the alarms are there, watch the profile that was made, and go with the stack."""

from __future__ import annotations

from tests.e2e.account import Account, assistant


def test_alarms_watch_the_profile_of_the_stack_and_go_with_it(account: Account) -> None:
    """Each alarm has the id of the profile that was made as its dimension; a change and the deletion leave none."""
    before = account.holdings()
    account.deploy(assistant(Monitoring={"TokensPerHour": 1000}))
    (profile,) = account.profiles()
    made = account.resources()
    ids = [made[f"Assistant{part}Alarm"] for part in ("Throttles", "ServerErrors", "Tokens")]
    alarms = account.aws.client("cloudwatch").describe_alarms(AlarmNames=ids)["MetricAlarms"]
    assert {alarm["MetricName"]: alarm["Threshold"] for alarm in alarms} == {
        "InvocationThrottles": 1.0,
        "InvocationServerErrors": 1.0,
        "InputTokenCount": 1000.0,
    }
    for alarm in alarms:
        assert alarm["Dimensions"] == [{"Name": "ModelId", "Value": profile.rpartition("/")[2]}]

    account.deploy(assistant(Monitoring={"Throttles": 0}))
    assert account.holdings()["alarms"] - before["alarms"] == {account.resources()["AssistantServerErrorsAlarm"]}
    account.delete()
    assert account.holdings() == before
