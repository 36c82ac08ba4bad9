"""`python -m tools.template_diff`: the resources that a deployment would change, by name and place."""

from tools import template_diff

BEFORE = {
    "Resources": {
        "Same": {"Type": "AWS::SNS::Topic"},
        "Gone": {"Type": "AWS::SQS::Queue"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Statement": [{"Sid": "Read", "Action": "s3:GetObject"}, {"Sid": "Log", "Action": "logs:*"}]
            },
        },
    }
}
AFTER = {
    "Parameters": {"New": {"Type": "String"}},
    "Resources": {
        "Same": {"Type": "AWS::SNS::Topic"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Statement": [
                    {"Sid": "Write", "Action": "s3:PutObject"},
                    {"Sid": "Read", "Action": "s3:Get*"},
                    {"Sid": "Log", "Action": "logs:*"},
                ]
            },
        },
    },
}


def test_new_removed_and_changed_resources_are_named_with_the_places_that_differ():
    assert [*template_diff.differences(BEFORE, AFTER)] == [
        "+ Parameters New String",
        "- Resources Gone AWS::SQS::Queue",
        "~ Resources Role AWS::IAM::Role",
        '    ~ Properties.Statement.Read.Action: "s3:GetObject" -> "s3:Get*"',
        "    + Properties.Statement.Write",
    ]


def test_equal_templates_differ_in_nothing():
    assert [*template_diff.differences(AFTER, AFTER)] == []


def test_many_places_are_counted():
    many = {"Resources": {"One": {"Type": "T", **{f"P{number:02}": 1 for number in range(20)}}}}
    lines = [*template_diff.differences({"Resources": {"One": {"Type": "T"}}}, many)]
    assert lines[0] == "~ Resources One T"
    assert lines[-1] == "    and 8 more"
    assert len(lines) == 14


def test_the_template_of_a_commit_is_made_by_its_own_files(capsys):
    assert template_diff.main(["HEAD"]) == 0
    assert "Resources" in (said := capsys.readouterr().out) or said == "The template of prod is that of HEAD.\n"


def test_an_unknown_commit_is_said(capsys):
    assert template_diff.main(["no-such-commit"]) == 1
    assert "no template of no-such-commit" in capsys.readouterr().err
