"""Forms: what is typed stays, what is wrong is named beside its field, what is foreign is refused."""

from __future__ import annotations

import re
from types import SimpleNamespace

import colander
import deform
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyramid import testing
from webob.multidict import MultiDict

from riskportal.contracts.money import Money
from riskportal.forms import Button, MoneyText, Problem, Upload, create_form, submit
from riskportal.forms.widgets import EmailWidget


class Person(colander.Schema):
    name = colander.SchemaNode(colander.String(), title="Name")
    role = colander.SchemaNode(
        colander.String(),
        title="Role",
        widget=deform.widget.RadioChoiceWidget(values=[("owner", "Owner"), ("viewer", "Viewer")]),
        validator=colander.OneOf(["owner", "viewer"]),
    )


class People(colander.SequenceSchema):
    person = Person(title="Person")


class Emails(colander.SequenceSchema):
    email = colander.SchemaNode(colander.String(), title="E-mail", validator=colander.Email())


class Details(colander.Schema):
    title = colander.SchemaNode(colander.String(), title="Title", description="As on the door")
    email = colander.SchemaNode(
        colander.String(), title="E-mail address", widget=EmailWidget(), validator=colander.Email()
    )
    day = colander.SchemaNode(colander.Date(), title="Day", missing=None)
    fee = colander.SchemaNode(MoneyText("EUR"), title="Fee", missing=None)
    agreed = colander.SchemaNode(colander.Boolean(), title="I agree", missing=False)
    emails = Emails(title="Copies to", missing=())
    people = People(title="People", missing=())


class Tokens:
    """A CSRF storage that needs no session."""

    def get_csrf_token(self, request: object) -> str:
        return "token"


@pytest.fixture(autouse=True, scope="module")
def config():
    config = testing.setUp()
    config.set_csrf_storage_policy(Tokens())
    yield config
    testing.tearDown()


def request_with(*controls: tuple[str, object]) -> SimpleNamespace:
    request = testing.DummyRequest(path="/g/x/account")
    request.POST = MultiDict(controls)
    return request


def test_valid_data_reaches_the_handler() -> None:
    request = request_with(
        ("csrf_token", "t"),
        ("__formid__", "form"),
        ("title", " Atelier "),
        ("email", "mara@northwind.example"),
        ("day", "2026-05-12"),
        ("fee", "1.280,00"),
        ("agreed", "true"),
        ("__start__", "emails:sequence"),
        ("email", "a@b.example"),
        ("email", " "),
        ("__end__", "emails:sequence"),
        ("__start__", "people:sequence"),
        ("__start__", "person:mapping"),
        ("name", "Jonas"),
        ("__start__", "role:rename"),
        ("deformField7", "owner"),
        ("__end__", "role:rename"),
        ("__end__", "person:mapping"),
        ("__end__", "people:sequence"),
        ("save", "save"),
    )
    got = submit(request, create_form(request, Details), lambda data: data)
    assert got["title"] == "Atelier"
    assert got["day"].isoformat() == "2026-05-12"
    assert got["fee"] == Money(128000, "EUR")
    assert got["agreed"] is True
    assert got["emails"] == ["a@b.example"]
    assert got["people"] == [{"name": "Jonas", "role": "owner"}]


def test_wrong_data_is_400_and_shown_again_with_messages_beside_the_fields() -> None:
    request = request_with(("title", ""), ("email", "no <address>"), ("day", "yesterday"))
    result = submit(request, create_form(request, Details, form_id="details"), pytest.fail)
    html = str(result["form"].__html__())
    assert request.response.status_int == 400
    assert 'value="no &lt;address&gt;"' in html and 'value="yesterday"' in html
    assert '<a href="#details-email">E-mail address: Write an e-mail address' in html
    assert '<a href="#details-title">Title: Please fill this in.' in html
    field = re.search(r'<input[^>]*id="details-title"[^>]*>', html)[0]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="details-title-hint details-title-problem"' in field
    assert 'id="details-title-problem"' in html and 'id="details-title-hint"' in html


def test_ids_are_unique_and_nothing_is_inline() -> None:
    request = request_with()
    form = create_form(request, Details, appstruct={"emails": ["a@b.example", "c@d.example"]})
    html = str(form.__html__())
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", html)
    assert 'name="csrf_token"' in html


@pytest.mark.parametrize("key", ["tenant_id", "price", "title.x", "__class__", "people"])
def test_unknown_keys_are_refused(key: str) -> None:
    request = request_with(("title", "A"), ("email", "a@b.example"), (key, "1"))
    result = submit(request, create_form(request, Details), pytest.fail)
    assert request.response.status_int == 400
    assert "This form has changed" in str(result["form"].__html__())


def test_a_service_may_object_and_its_writes_are_forgotten() -> None:
    request = request_with(("title", "A"), ("email", "a@b.example"))
    doomed = []
    request.tm = SimpleNamespace(doom=lambda: doomed.append(True))

    def refuse(data: object) -> None:
        raise Problem({"email": "That address is taken.", "": "Nothing was saved."})

    result = submit(request, create_form(request, Details), refuse, on_error=lambda form: {"f": form, "more": 1})
    html = str(result["f"].__html__())
    assert doomed and request.response.status_int == 400 and result["more"] == 1
    assert "E-mail address: That address is taken." in html and "Nothing was saved." in html
    assert 'value="a@b.example"' in html


@pytest.mark.parametrize(
    "controls",
    [
        [("__start__", "x:sequence")] * 500,
        [("__end__", "x")],
        [("__start__", "x:nonsense"), ("__end__", "x")],
        [("a", "1")] * 1001,
        [("__start__", "title:mapping"), ("a", "1"), ("__end__", "")],
        [("__start__", "people:mapping"), ("a", "1"), ("__end__", "")],
        [("title", "a\x00b"), ("email", "a@b.example")],
    ],
)
def test_broken_structures_are_400(controls: list[tuple[str, str]]) -> None:
    request = request_with(*controls)
    result = submit(request, create_form(request, Details), pytest.fail)
    assert request.response.status_int == 400
    assert result["form"].__html__()


NAMES = st.sampled_from(
    ["__start__", "__end__", "title", "email", "emails", "people", "day", "fee", "agreed", "role", "name", "x"]
)
VALUES = st.one_of(
    st.sampled_from(["emails:sequence", "people:sequence", "person:mapping", "role:rename", "title:mapping", ""]),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=14))
def test_no_submission_breaks_the_page(controls: list[tuple[str, str]]) -> None:
    request = request_with(*controls)
    result = submit(request, create_form(request, Details), lambda data: {"ok": data})
    assert "ok" in result or result["form"].__html__()


class WithFile(colander.Schema):
    logo = colander.SchemaNode(Upload(), title="Logo")


def test_a_file_makes_the_form_multipart_and_a_text_is_no_file() -> None:
    request = request_with(("logo", "not a file"))
    form = create_form(request, WithFile, buttons=[Button("send", "Send")])
    assert re.search(r'<input class="input" type="file" id="[^"]+" name="', str(form.__html__()))
    result = submit(request, form, pytest.fail)
    html = str(result["form"].__html__())
    assert 'enctype="multipart/form-data"' in html and "Please choose your file again." in html


def test_a_file_arrives_with_its_bare_name() -> None:
    stored = SimpleNamespace(filename="C:\\temp\\logo.png", type="image/png", file=object())
    request = request_with(("logo", stored))
    got = submit(request, create_form(request, WithFile), lambda data: data)
    assert (got["logo"].name, got["logo"].media_type) == ("logo.png", "image/png")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1280", 128000),
        ("12.5", 1250),
        ("12,50", 1250),
        ("1.280,00", 128000),
        ("1,280.00", 128000),
        ("1 280,5", 128050),
    ],
)
def test_amounts_as_people_write_them(text: str, minor: int) -> None:
    node = colander.SchemaNode(MoneyText("EUR"))
    assert node.deserialize(text) == Money(minor, "EUR")


@pytest.mark.parametrize("text", ["1,280", "1.2345", "abc", "--1", "1e5", "1,2,3.4", "12.50.00"])
def test_amounts_that_could_mean_two_things_are_refused(text: str) -> None:
    with pytest.raises(colander.Invalid):
        colander.SchemaNode(MoneyText("EUR")).deserialize(text)


def test_where_one_chooses_a_missing_answer_is_a_choice_to_make() -> None:
    request = request_with(("name", ""), ("__start__", "role:rename"), ("__end__", "role:rename"))
    form = submit(request, create_form(request, Person), pytest.fail)["form"]
    assert [text for _oid, _title, text in form.problems()] == ["Please fill this in.", "Please choose one of these."]
