"""The words by which English, Chinese and German contracts deny, and those that only look so.

Patterns are for text in lower case with straight quotes and hyphens. How far each kind of word
reaches is said in `denials`.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_AMOUNT = r"(?:more|less|fewer|greater|lower|higher|later|earlier|sooner|longer|shorter|smaller|larger|better|worse)"

NOT_A_DENIAL = _any(
    # Bounds of an amount or a time.
    rf"\b(?:not?|never)(?:,? (?:at any time|in any (?:event|case)|in (?:the )?aggregate),?)?"
    rf" (?:be )?(?:exceed\w*|{_AMOUNT} than|in excess of|(?:fall|drop|go|rise) (?:below|under|above|over))",
    r"\b(?:(?:in|under|at) no (?:event|case|circumstances?|time)|neither|none|nothing|no)\b(?=[^.;]{0,80}?\b(?:exceed|more than|greater than|in excess of))",
    r"n't (?:exceed|be (?:more|less|later|earlier) than)",
    rf"\bno (?:{_AMOUNT.replace('longer|', '')})\b|\bno longer than\b",
    # Fixed phrases.
    r"\bnot limited\b(?= to)|\bnot only\b|\bwhether or not\b|\bif not\b|\bnotwithstanding\b|\bnot withstanding\b",
    r"\bwithout (?:limit(?:ation|ing)?|prejudice|regard|derogat\w+|restricting|affecting|further|notice)\b",
    r"\bwithout (?:undue |unreasonable |any )*delay\b",
    r"\bnot (?:(?:to )?be )?unreasonabl[ey] (?:withh|delay|condition|refus)\w*",
    r"\bnot unreasonabl[ey]\b|\bno (?:failure|delay|omission)\b|\bno doubt\b|\bno\.? ?(?=\d)",
    r"\bdue or not\b|\bor otherwise\b|\bnone ?theless|\bnothing but\b|\bnot (?:just|merely|solely)\b",
    # Chinese: bounds, fixed words, and negations that are part of another word.
    r"不(?:得|应|能)?(?:超过|超出|高于|低于|少于|多于|大于|小于|迟于|晚于|早于)|不限于|不论|不管|不可抗力|不动产|不时|不断|不同|不仅|不但|不只",
    r"不变|不足|不良|不当|不利|不正当|不影响|不妨碍|不损害|不合理|无论|无限|无条件|无息|无偿|无故|无理由|无正当理由|无形|无异议|除非|非常|非法",
    r"未来|未成年|未尽|是否|不可分割|并不仅",
)
"""What denies nothing about its topic."""

NOT = _any(
    r"\b(?:not|never|cannot)\b",
    r"n't\b",
    r"\bno longer\b|\bin no (?:way|respect)\b",
    r"\bneed not\b",
    r"\bnicht\b|\bnie(?:mals)?\b",
)
"""Deny the clause after them, and with a `PREDICATE` its subject too."""

PREDICATE = re.compile(
    r"(?:,? (?:be|been|being|have been|[a-z]+ly|at any time|in any way))*"
    r" (?:allow|permit|requir|need|necessary|given|grant|provid|includ|(?:form )?(?:a )?part of|availab|applica|payable|due\b"
    r"|accept|welcome|charge|appl(?:y|ied|ies)|paid|exist|accrue|offer|made\b|limited|capped|prohibit|exclud|forbid"
    r"|bann|barred|preclud|waive|disclaim|den(?:y|ied)|refuse|disallow|cancel|withdraw|discontinu|delet|terminat|revok|suspend|refund|return|supplie|deliver|valid\b|effective|used?\b|reimburs|issue|award|agree|assign|transfer|secured|insured|kept|maintain|operat|sold|done|observ|conduct|perform|in force|(?:a )?present|gestatt|erlaub|zul[äa]ssig|enthalten)"
)
"""What follows `NOT` where the subject is what is denied: "pets are not allowed"."""

NOBODY = _any(
    r"\bno\b(?! longer)(?:ne\b| one\b)?|\bnone\b|\bneither\b|\bnor\b|\bnobody\b|\bnothing\b",
    r"\bkeine?[nmrs]?\b|\bweder\b|\bnoch\b(?= \w+ (?:darf|wird|ist))",
)
"""Deny the clause after them, of which they may be the subject."""

WHOLE_CLAUSE = _any(
    r"\b(?:in|at) no (?:event|case|time)\b", r"\bunder no circumstances?\b", r"\bon no account\b"
)

PHRASE = _any(
    r"\bwithout\b|\bohne\b|\b(?:with|at|for|of|on|to|subject to) no\b",
    r"\b(?:other|rather) than\b|\binstead of\b|\bin lieu of\b|\bexclu(?:ding|sive of)\b",
    r"\bexcept(?:ing| for)?\b(?! (?:that|as|if|where|when|with|to|in)\b)|\bwith the exception of\b",
    r"\bfree (?:of|from)\b|\babsence of\b|\black of\b|\black(?:s|ing)?\b|\bnegative for\b|\bunlikely\b",
    r"\b(?:prohibition|exclusion(?: or limitation)?|waiver) (?:of|on|against)\b|\bban on\b",
)
"""Deny the few words after them."""
PHRASE_WORDS = 8

VERB = _any(
    r"\bfail(?:s|ed|ing)? to\b|\bceas(?:e|es|ed|ing) to\b|\brefus(?:e|es|ing)\b|\brefused\b(?= to| \w+ the\b)",
    r"\bdeclin(?:e|es|ed|ing) to\b|\b(?:refrain|abstain)(?:s|ed|ing)? from\b|\bforbear(?:s|ing)?\b",
    r"\bwaiv(?:e|es|ing)\b|(?<=has )waived\b|(?<=have )waived\b|(?<=hereby )waived?\b(?! by)",
    r"\bforgo(?:es|ing)?\b|\bforego(?:es|ing)?\b(?= (?:any|its|the|all|their))|\brelinquish(?:es|ed|ing)?\b",
    r"\brenounc(?:e|es|ed|ing)\b|\bdisclaim(?:s|ing)?\b",
    r"\b(?:releas|discharg|exempt|excus)(?:e|es|ed|s|ing)?(?= (?:[^,;.]{1,60} )?from\b)|\brelieve[sd]?\b",
    r"\b(?:prohibit|forbid|preclude|bar|ban|prevent|exclude)s\b|\b(?:prohibit|forbid|preclude|exclude|den[y])\b",
    r"\b(?:prohibited|forbidden|barred|precluded|banned|excluded|restrained|prevented|restricted|enjoined) from\b",
    r"\bden(?:ies|ied|ying)\b(?! by)|\bobject(?:s|ed|ing)?\b(?= to)|\boppos(?:e|es|ed)\b|\brul(?:e|es|ed) out\b(?= \w)",
    r"\b(?:limit|restrict|affect|impair|prejudice)s?\b(?= (?:\S+ ){0,5}(?:rights?|abilit\w+|powers?|entitlements?|freedom)\b)",
)
"""Verbs that deny what comes after them."""

ENDING = re.compile(
    r"\b(?:cancel|terminat|revok|withdraw|discontinu|suspend|withhold|remov|breach|violat|delet|stop)(?:e|es|s|n|l?ing|ping|l?ed|ped)?\b"
)
"""Verbs that end what follows at once: "shall not cancel its insurance"."""
ENDING_WORDS = 4

AFTERWARDS = _any(
    r"\b(?:is|are|was|were|be|been|being|hereby|expressly|strictly|generally|also|specifically)"
    r"(?: (?:hereby|expressly|strictly|generally|also|specifically|absolutely))?"
    r" (?:waived|excluded|prohibited|forbidden|banned|barred|disclaimed|deleted|precluded|disallowed|denied|refused"
    r"|ruled out|absent|unacceptable|withdrawn|cancell?ed|discontinued|terminated|revoked|suspended|stopped|negative|unlikely)\b(?! from)",
    r"\b(?:waived|excluded|prohibited|forbidden|banned|disclaimed|not applicable|ruled out)\b(?=\s*(?:$|[.,;)]))",
    r"(?<=[a-z] )(?:ban|prohibition)\b(?! (?:on|of|against)\b)",
    r"[:：]\s*(?:no|none|n/a|nein|keine?|无|否|不可|不允许|没有)\s*(?=$|[.,;。；])",
    r"\b(?:untersagt|verboten|ausgeschlossen)\b",
    r"除外|(?:被|予以|均属)(?:禁止|排除)|阴性|已排除|已?停用|已停",
)
"""Deny what stands before them in their clause."""

MEMBER = re.compile(
    r"\b(?:non[- ]{0,2}(?=[a-z]{3})(?!etheless|sense)"
    r"|un(?=secured|furnished|limited|conditional|restricted|transferabl|assignabl|insured|paid|guaranteed|registered|capped"
    r"|funded|audited|enforceabl|permitted|authori[sz]ed|acceptabl|available|refundabl|leased|occupied|encumbered|taxed|fixed)"
    r"|ir(?=revoca|redeem)|in(?=applicab|eligib|admissib|valid\b|convertib|alienab|divisib)|dis(?=allow))"
    r"|非(?=[独排公专他自固])|(?<![毫并])无(?=担保|抵押|试用期)|不可(?=转让|撤销|撤回|退)"
)
"""Deny the word that they begin."""

CHINESE = re.compile(
    r"并非|绝非|没有|并无|毫无|从未|未曾|均未|尚未|未见|未发现|不存在|否认|不再|不予|不得|不能|不可|不必|不须|不需|不应|不设|不会|均不|概不|无须|无需|毋须|无权|无法"
    r"|严禁|禁止|拒绝|放弃|免除|豁免|取消|排除|免于|不|未(?!经)|无|非"
)
"""Deny what follows in their clause."""
CHINESE_PREDICATE = re.compile("允许|退还|适用|包含|包括|提供|需要|收取|支付")
"""After 不, where the words before it are denied too."""
CHINESE_WITHOUT = re.compile(r"未经|非经|未取得|未获|未得到")

POSSIBLE = re.compile(r"\b(?:may|can|could|might)(?:,? [a-z]+ly)?(?: be)? $|(?:可以?|有权)$")
"""Before a denying verb: it may come to that, no more."""

BORDER = re.compile(
    r"[;。；!?！？]|\.(?=\s|$)|\bbut\b|\bhowever\b|\bprovided(?:,? however,?)? that\b|\bunless\b|\bif\b"
    r"|\bexcept (?:that|as|if|where|when|with|to|in)\b|\bsave (?:that|as|where)\b|\bwhereas\b|\b(?:al)?though\b|\bnor\b|\bbecause\b"
    r"|[,(] ?(?:in |of |on )?which\b|\bwhose\b|\bin that case\b|, (?:wenn|falls|sofern|sondern|aber|es sei)\b|\bjedoch\b"
    r"|但|然而|而是|除非|且(?=应|可|须)|并(?=应|可|须)|\(which"
)
"""Where a denial ends."""

FINITE = r"(?:shall|may|will|must|can|is|are|has|have|does|do|was|were)"
_WORD = rf"(?:(?!(?:that|which|who|to|{FINITE})\b)[a-z']+ )"
NEW_CLAUSE = re.compile(rf",? \b(?:and|or) (?={_WORD}{{0,4}}?{FINITE}\b)")
"""An "and" before a clause with its own verb."""
NEW_SUBJECT = re.compile(rf",? \b(?:and|or) (?={_WORD}{{1,4}}?{FINITE}\b)")
"""An "and" before a clause with its own subject."""
