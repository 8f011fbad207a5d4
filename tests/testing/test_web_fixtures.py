"""The web fixtures: an application over the test's database and clock."""

from __future__ import annotations


def test_a_visitor_is_led_to_sign_in(testapp):
    assert testapp.get("/").follow().status_int == 200


def test_a_signed_in_user_reaches_the_bill_group(testapp, user, bill_group, signed_in):
    page = signed_in(testapp, user).get(f"/g/{bill_group.public_id}/")
    assert "Northwind Atelier" in page.text


def test_mail_leaves_by_a_job(testapp, user, run_jobs, outbox):
    form = testapp.get("/sign-in").forms["sign-in"]
    form["email"] = user.email
    form.submit().follow()
    assert outbox() == []
    run_jobs()
    assert [mail["to"] for mail in outbox()] == [user.email]


def test_another_host_knows_nobody(browser, tenant):
    assert browser("unknown.test").get("/", status=404)
