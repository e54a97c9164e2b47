from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import ConfigurationError
from tasks.core.wire.prompt import Message, Role
from tasks.triton.chat import ChatTemplate, break_control_tokens, load_template

MESSAGES = (
    Message(Role.SYSTEM, "Be exact."),
    Message(Role.USER, "What is the term?"),
    Message(Role.ASSISTANT, "One year."),
    Message(Role.USER, "Look again."),
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "chatml",
            "<|im_start|>system\nBe exact.<|im_end|>\n<|im_start|>user\nWhat is the term?<|im_end|>\n"
            "<|im_start|>assistant\nOne year.<|im_end|>\n<|im_start|>user\nLook again.<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            "llama3",
            "<|start_header_id|>system<|end_header_id|>\n\nBe exact.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nWhat is the term?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nOne year.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nLook again.<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        ("mistral", "[INST] What is the term?[/INST] One year.</s>[INST] Be exact.\n\nLook again.[/INST]"),
        ("plain", "Be exact.\n\nWhat is the term?\n\nOne year.\n\nLook again.\n\n"),
    ],
)
def test_known_template_says_who_speaks(name: str, text: str):
    assert load_template(name, None).render(MESSAGES) == text


def test_setting_wins_over_the_config_which_wins_over_chatml():
    assert load_template("auto", None).name == "chatml"
    assert load_template("auto", "llama3").name == "llama3"
    assert load_template("mistral", "llama3").name == "mistral"


def test_template_of_a_model_is_read_from_its_file(tmp_path: Path):
    path = tmp_path / "chat_template.jinja"
    path.write_text("{% for m in messages %}\n<{{ m['role'] }}>{{ m['content'] }}\n{% endfor %}\n")
    assert (
        load_template(str(path), None).render(MESSAGES[:2]) == "<system>Be exact.\n<user>What is the term?\n"
    )


@pytest.mark.parametrize(("setting", "configured"), [("/no/such/file", None), ("auto", "/etc/passwd")])
def test_unknown_template_raises_configuration_error(setting: str, configured: str | None):
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_CHAT_TEMPLATE"):
        load_template(setting, configured)


@pytest.mark.parametrize(
    "source",
    [
        "{{ raise_exception('Only user roles: ' + messages[0].content) }}",
        "{{ ().__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{% for %}",
    ],
)
def test_template_that_refuses_or_breaks_out_raises_configuration_error(source: str):
    with pytest.raises(ConfigurationError, match="chat template some fails") as raised:
        ChatTemplate("some", source).render(MESSAGES)
    assert "exact" not in str(raised.value)


@given(st.text(alphabet="<|>im_endsystrINST[]/ \n"))
def test_no_text_holds_a_control_token_afterwards(text: str):
    safe = break_control_tokens(text)
    assert break_control_tokens(safe) == safe
    assert safe.replace(" ", "") == text.replace(" ", "")


def test_text_without_control_tokens_is_left_as_it_is():
    text = "Fees < 5 % | see <|note> and [INSTALLMENT] <s/>"
    assert break_control_tokens(text) == text
