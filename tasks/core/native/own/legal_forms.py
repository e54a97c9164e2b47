"""The legal forms of companies, and the nouns by which organisations without one are known.

Source: the abbreviations of ISO 20275 (GLEIF's list of entity legal forms, 2024) for the countries
whose contracts are written in English or translated into it, read off by hand. `cleanco` 2.3 knows
them, too, but strips the form off a name that was found already; here the form helps to find it.
"""

from __future__ import annotations

import re

_ANY_CASE = (
    r"incorporated|corporation|limited|unlimited|l\.l\.c\.?|llc|l\.l\.p\.?|llp|l\.p\.|plc|p\.l\.c\.|inc\.?|corp\.?|ltd\.?|pvt\.?|pte\.?|pty\.?"
    r"|co\.|gmbh|mbh|kgaa|sarl|s\.[àa]\s?r\.?l\.?|s\.?r\.?l\.?|s\.?p\.?a\.?|sdn\.?|bhd\.?|tbk\.?|aktiebolag|aktiengesellschaft|osakeyhtiö"
    r"|oyj?|a/s|aps|a\.m\.b\.a\.|asa|hf\.?|ehf\.?|d\.o\.o\.?|s\.r\.o\.|a\.ş\.|kft\.?|zrt\.?|sp\.\s?z\s?o\.\s?o\.|sp\.\s?k\.|eood|ood|f\.?z\.?e\.?|fz-?llc|fzco"
    r"|w\.l\.l\.?|wll|b\.s\.c\.?|q\.s\.c\.?|p\.?j\.?s\.?c\.?|dac|e\.\s?v\.|e\.\s?k\.|e\.\s?u\."
)
_AS_WRITTEN = (
    r"AG|SE|KG|OHG|UG|GbR|PartG(?:\s?mbB)?|eG|eV|SA|S\.A\.?|SAS|S\.A\.S\.?|SASU|SNC|SCA|EURL|SCI|BV|B\.V\.?|NV|N\.V\.?|VOF|AB|AS|ANS|DA|KS|K/S|I/S|P/S|OÜ|SIA|UAB"
    r"|Lda\.?|Ltda\.?|S\.L\.?|SL|S\.C\.|CV|C\.V\.|LP|GP|N\.A\.|PC|P\.C\.|PLLC|PJSC|KK|K\.K\.|GK|LLLP|CIC|CLG|Co|Stiftung|KGaA"
)
LEGAL_FORM = re.compile(
    rf"(?<![\w.])(?:(?:GmbH|AG|SE|UG|B\.?V\.?|S\.?A\.?)\s*&\s*Co\.?\s*(?:KGaA|KG|OHG)|(?i:{_ANY_CASE})|{_AS_WRITTEN})(?!\w)(?:\s?\((?:publ|[UA]K|[A-Z]{{2,3}})\))?"
)
FORM_IN_FRONT = re.compile(
    r"(?:PT|CV|SARL|SAS|SA|SCI|EURL|UAB|AB|OOO|PAO|JSC|LLC|Stichting|Stiftung|Société|Association|Fondation|Groupe|Grupo|Banco|Banca|Banque|M/s)\b"
)
COMPANY_NOUN = re.compile(
    r"\b(?i:bank|trust|foundation|university|college|school|academy|hospital|clinic|association|authority|council|partnership|partners"
    r"|fund|institute|society|ministry|department|church|insurance|assurance|group|holdings?|union|company|cooperative|co-operative|agency|club|bureau"
    r"|universit[äeéà]t?|université|universitet|fonden|stiftung|verein|genossenschaft|mutuelle|société|gemeinde|kommune|commune|gesellschaft|bros|sons"
    r"|enterprises?|industries|services|solutions|consulting|chambers|museum|theatre|cent(?:er|re)|office|laboratory|laborator(?:y|ies))\b"
)
HAN_COMPANY_END = (
    r"有限责任公司|股份有限公司|有限公司|分公司|子公司|公司|银行|支行|分行|信用社|合作社|联合社|医院|卫生院|诊所|大学|学院|中学|小学|学校|幼儿园"
    r"|集团|事务所|研究院|研究所|设计院|科学院|经营部|门市部|服务部|营业部|委员会|合伙企业|工作室|管理局|管理处|基金会|协会|商会|出版社|报社"
    r"|中心|工厂|商行|商店|超市|酒店|饭店|宾馆|餐厅|药房|农场|厂|店"
)
