"""Tells what a row is for where agreements begin: a title, a label, an opening sentence, a signature.

A row is a line of the document, or a part of one between wide gaps. English and Chinese.
"""

from __future__ import annotations

import re

MAX_TITLE_CHARS = 160
_MAX_NEUTRAL_CHARS = 60  # a shorter row may stand between a title and its opening

_NOUN = (
    r"(?:sub)?(?:agreements?|contract|lease|licen[cs]e|guarant(?:y|ee)|note|deed|indenture|debenture|mortgage"
    r"|warrant|amendment|addendum|assignment|assumption|bill\s+of\s+sale|power\s+of\s+attorney|undertaking"
    r"|memorandum\s+of\s+(?:understanding|agreement)|memorandum|letter\s+of\s+intent|joinder|(?:general|mutual)\s+release"
    r"|covenant\s+not\s+to\s+compete|terms\s+and\s+conditions)"
)
_LABEL = re.compile(
    r"\W*(?P<form>form\s+of\s+)?(?P<kind>exhibit|schedule|annex|annexure|appendix|attachment|anlage)"
    r"\s+(?:no\.?\s*)?[\"“'‘(]?(?P<number>[A-Z]{1,2}(?:[-.]?\d{1,2})?|\d{1,3}[A-Z]?(?:[-.]\d{1,3})?(?:\([a-z\d]\))?|[IVX]{1,5})"
    r"(?![\w.])[\"”'’)]?"
    r"(?P<rest>.{0,120})$",
    re.IGNORECASE,
)
_HAN_LABEL = re.compile(
    r"\W*(?P<kind>附件|附录|附表)\s*(?P<number>[一二三四五六七八九十\d]{0,3})(?P<rest>.{0,60})$"
)
_LABEL_START = re.compile(r"\W*(?:form|exhibit|schedule|annex|appendix|attachment|anlage|附)", re.IGNORECASE)
_LABEL_WITHIN = re.compile(
    r"\b(?:exhibit|schedule|annex|appendix|attachment)\s+\d|附件[一二三四五六七八九十\d]", re.IGNORECASE
)
_FILED = re.compile(r"\d{1,2}\.\d{1,3}")
"""The number of an exhibit in a filing with the SEC (`10.5`): the label of the file, not of a part."""
_LEADERS = ("....", ". . . .", "……")
_ENTRY = re.compile(r"\S\s+\d{1,3}$|[.\s]{3,}\d{1,3}$")
_NUMBERED = re.compile(
    r"(?:\(?\d{1,2}[.)]|[IVX]{1,5}[.)]\s|\(?[a-z]\)|section\b|article\b|clause\b|第[一二三四五六七八九十\d]+[章节条])",
    re.I,
)
_TITLE = re.compile(
    rf"(?:.*\b)?{_NOUN}(?:\s*(?:no\.?|number|nr\.?|#)\s*\w{{1,12}}|\s*\([^)]*\)|\s+(?:between|among|by|for|to|of|on|and|with|regarding|as\s+to|dated)\b.*|\s+[-–—]\s.*)?\s*[:：]?",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE_TITLE = re.compile(
    r".*\b(?:agreement|contract|lease|guarant(?:y|ee)|promissory\s+note|bill\s+of\s+sale|power\s+of\s+attorney|deed|indenture)",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"\b(?:to|of|under|amendments?|addendum|schedule|exhibit|supplement|third\s+party|existing|list|summary|separate(?:ly)?)\b"
    r"(?!\s+(?:sale|attorney|understanding|lease|trust|guaranty|indemnity)\b)|另行|另签",
    re.IGNORECASE,
)
_MIN_BINDING = 3
_BINDING = re.compile(
    r"\b(?:shall|agrees?|hereby|hereunder|part(?:y|ies)|licensee|licensor|terminat\w+|warrant\w*|liab\w+)\b"
    r"|甲方|乙方|双方|应当|违约|终止|承诺|责任",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"\b(?:entire|whole|this|such|said|complete|prior|terms?\s+of|effect\s+of|construction\s+of|form\s+of\s+the"
    r"|termination\s+of|grant\s+of|subject|pursuant|attached|continued?|signature|remainder|hereof|hereto|table\s+of)\b"
    r"|\b(?:appendix|exhibit|schedule|annex|attachment|statement\s+of\s+work)\b|\bno\s+(?!\d)|^\W*(?:the|in|to|if|and|or|any|each)\b|[.;]\s*$|@|https?:",
    re.IGNORECASE,
)
_HAN_TITLE = re.compile(
    r"[（(《]?[^，。；、,;:：]{0,36}(?:合\s*同|协\s*议|合\s*同\s*书|协\s*议\s*书|契\s*约|备\s*忘\s*录|担\s*保\s*函|承\s*诺\s*函)[）)》]?"
    r"(?:\s*[（(][^）)]{1,24}[）)])?"
)
_NO_HAN_TITLE = re.compile(
    r"本\s*(?:合同|协议)|[的与和及]?(?:解除|终止|变更|生效|签订|履行|完整)\S{0,3}(?:合同|协议)$|^(?:本|根据|鉴于|双方|第)"
)
_SMALL = frozenset(
    (
        "and",
        "or",
        "of",
        "the",
        "for",
        "to",
        "in",
        "by",
        "a",
        "an",
        "with",
        "as",
        "on",
        "at",
        "no",
        "between",
        "from",
    )
)
_SIGNATURE = re.compile(
    r"\W*(?:by|name|title|its|date)\s*[:：]|.*/s/|in\s+witness\s+whereof|.*_{6,}|\W*signed\b|executed\s+as\s+a\s+deed"
    r"|.*[（(](?:盖章|签字|签章|公章)[)）]|.*(?:法定代表人|授权代表)|签署日期|签字[:：]",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"[\"“]?(?:this\b|agreement\b|contract\b|lease\b|for\s+value\s+received|know\s+all\s+(?:men|persons|by)\b"
    r"|whereas\b|(?:by\s+and\s+)?between\b|part(?:y|ies)\s+a\b|dated?\b|made\b|entered\b|the\s+undersigned|in\s+consideration\b|for\s+and\s+in)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"[\"“]?(?:this\s+)?(?P<name>(?:[^\s;:]+\s+){{0,14}}?)[\"“(]?{_NOUN}\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MADE = re.compile(
    r"\b(?:made|entered|dated|executed|concluded|signed|effective|between|among|amongst|given|by\s+and)\b",
    re.IGNORECASE,
)
_OTHER_VERB = re.compile(
    r"\b(?:shall|will|may|must|can|should|constitutes?|contains?|supersedes?|does|do|has|have|governs?|describes?|consists?|comprises?|references?|applies"
    r"|sets?\s+forth|is\s+(?:incorporated|attached|subject|the|not|intended|governed|hereby)|being\s+a)\b",
    re.IGNORECASE,
)
_PARTIES = re.compile(
    r"\b(?:between|among|amongst)\b\W*(?!(?:the\s+)?(?:part(?:y|ies)\b(?!\s*(?:named|listed|identified|set|whose|:|\())|two|undersigned\s+and\s+not))"
    r"|\bin\s+favou?r\s+of\b|\bby\b.{3,200}?\b(?:and|to|with)\b|\bundersigned\b|\bpromises?\s+to\s+pay\b|\bappoints?\b",
    re.IGNORECASE | re.DOTALL,
)
_WHEREAS = re.compile(r"whereas\b", re.IGNORECASE)
_OTHER_OPENINGS = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(needed, re.IGNORECASE | re.DOTALL))
    for begin, needed in (
        (r"[\"“]?(?:for\s+value\s+received|know\s+all)", ""),
        (
            r"(?:by\s+and\s+)?between\b|dated?\b|made\b|entered\b",
            r"(?:[^.]|\.(?!\s+[A-Z])){0,80}\b(?:between|among)\b",
        ),
        (r"the\s+undersigned|in\s+consideration|for\s+and\s+in", r".{0,290}undersigned"),
    )
)
"""How openings without `This ...` begin, and what they must be like."""
_HAN_PARTY = re.compile(
    r"(?:part(?:y|ies)\s+a\b|[甲乙丙]\s*方|(?:出|承)租\s*[方人]|(?:委|受)托\s*[方人]|[买卖]\s*方|(?:出|受)让\s*[方人]|(?:转|受)让\s*[方人]|(?:出|借|贷)款?\s*[方人]"
    r"|(?:采购|供货|供应|服务|许可|被许可|发包|承包|投资|目标|披露|接收|保证|债权|债务)\s*[方人]|用人单位|劳动者)\s*(?:[(（](?!盖|签|公|印)[^)）]{0,24}[)）])?\s*[:：]",
    re.IGNORECASE,
)
_HAN_OPENING = re.compile(
    r"本\s*(?:合同|协议|契约|备忘录)[^。]{0,80}?(?:由|于)[^。]{0,120}?(?:签订|签署|订立|达成)"
)

_BEGINS = re.compile(
    "|".join(f"(?:{known.pattern})" for known in (_OPENS, _LABEL_START, _HAN_PARTY, _HAN_OPENING)),
    re.IGNORECASE,
)


def is_contents(text: str) -> bool:
    """Whether the row is an entry of a table of contents: it ends in a page number or has leaders."""
    if not text or len(text) >= 200:
        return False
    if text[-1].isdigit() and _ENTRY.search(text):
        return True
    return any(leaders in text for leaders in _LEADERS)


def is_signature(text: str) -> bool:
    return bool(_SIGNATURE.match(text))


def is_neutral(text: str) -> bool:
    """Whether the row may stand between a title and its opening: short, and no sentence."""
    return (len(text) <= _MAX_NEUTRAL_CHARS and not text.rstrip().endswith((".", ";", "。", "；"))) or (
        _is_capitalised(text) and len(text) <= MAX_TITLE_CHARS
    )


def label_of(text: str) -> tuple[str, str] | None:
    """Kind and number of an exhibit's label (`exhibit`, `B`); the label of a filing has none."""
    if not _LABEL_START.match(text):  # nearly every row
        return None
    match = _HAN_LABEL.fullmatch(text) or _LABEL.fullmatch(text)
    if match is None or (match["rest"].strip() and is_contents(text)):
        return None
    rest = match["rest"].strip(" :：.-–—\t")
    if _LABEL_WITHIN.search(rest):
        return None
    if _FILED.fullmatch(match["number"]) or (rest and not (_is_capitalised(rest) or is_title(rest))):
        return None
    return match["kind"].lower(), match["number"].upper()


def mentions_label(text: str) -> bool:
    """Whether a label stands anywhere in a short row, as in a list of exhibits."""
    return len(text) < MAX_TITLE_CHARS and bool(
        _LABEL.match(text) or _HAN_LABEL.match(text) or _LABEL_WITHIN.search(text)
    )


def label_rest(text: str) -> str:
    """What follows the label in its row: `SUPPLY AGREEMENT`."""
    match = _HAN_LABEL.fullmatch(text) or _LABEL.fullmatch(text)
    return match["rest"].strip(" :：.-–—\t") if match else ""


def is_title(text: str) -> bool:
    """Whether the row names an agreement, as a title does: capitals, no sentence, no clause number."""
    plain = text.strip(" -–—_*=[]{}\"“”'")
    if not 3 < len(plain) <= MAX_TITLE_CHARS or _NUMBERED.match(plain):
        return False
    if _HAN_TITLE.fullmatch(plain):
        return not _NO_HAN_TITLE.search(plain)
    return (
        _is_capitalised(plain)
        and not _NO_TITLE.search(plain)
        and not is_contents(text)
        and _TITLE.fullmatch(plain) is not None
    )


def names_agreement(text: str) -> bool:
    """Whether the title alone is enough under an exhibit's label: `END-USER LICENSE AGREEMENT`."""
    plain = text.strip(" -–—_*=[]\"“”'()（）")
    if not is_title(plain):
        return False
    return bool(_HAN_TITLE.fullmatch(plain) or _WHOLE_TITLE.fullmatch(plain)) and not _DEPENDENT.search(plain)


def may_begin(text: str) -> bool:
    """A quick look at a row's first words: whether it may be an opening or a label."""
    return _BEGINS.match(text) is not None


def opens(text: str) -> bool:
    """Whether the text, some rows long, begins as an agreement does: what it is, and its parties."""
    if _HAN_PARTY.match(text) or _HAN_OPENING.match(text) or _WHEREAS.match(text):
        return True
    if not _OPENS.match(text) or not _PARTIES.search(text[:700]):
        return False
    for begin, needed in _OTHER_OPENINGS:
        if begin.match(text):
            return needed.match(text) is not None
    return _presents(text[:700])


def _presents(text: str) -> bool:
    """Whether the sentence says of an agreement that it is made: `This Lease is made between`."""
    subject = _SUBJECT.match(text)
    made = _MADE.search(subject["rest"][:320]) if subject else None
    if subject is None or made is None or not _is_name(subject["name"]):
        return False
    return not _OTHER_VERB.search(text[: subject.start("rest") + made.start()])


def binds(text: str) -> bool:
    """Whether the text speaks as an agreement does: several of the words that bind parties."""
    return len({match.lower() for match in _BINDING.findall(text)}) >= _MIN_BINDING


def names_itself(text: str) -> bool:
    """Whether an opening says by itself what it opens: `This Guaranty ...`."""
    return re.match(r"[\"“]?(?:this\b|for\s+value|know\s+all)", text, re.IGNORECASE) is not None


def _is_name(text: str) -> bool:
    """Whether the words before the noun are an agreement's name: no verb, and no `to the`."""
    if re.search(r"\b(?:to|of|under|for)\b", text, re.IGNORECASE):
        return False
    return _is_capitalised(text) or len(text.split()) <= 1


def _is_capitalised(text: str) -> bool:
    """Whether all words but the small ones begin with a capital or a digit."""
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    return bool(words) and all(not word[0].islower() or word.lower() in _SMALL for word in words)
