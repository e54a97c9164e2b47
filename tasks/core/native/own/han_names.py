"""Chinese names: companies and other bodies by their last word, persons by their surname, addresses.

Chinese has no word breaks, so a name that runs into the words before it is given with several
beginnings. A person's name counts only between characters that may stand beside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.native.own.legal_forms import HAN_COMPANY_END
from tasks.core.native.own.spans import SpanKind

Found = tuple[SpanKind, int, int]

_HAN = r"\u4e00-\u9fff"
_BODY = re.compile(
    rf"(?:[{_HAN}A-Za-z0-9·]|\n(?=[{_HAN}])|[（(][{_HAN}]{{2,6}}[）)]){{2,34}}?(?:{HAN_COMPANY_END})(?![{_HAN}]{{0,5}}(?:{HAN_COMPANY_END}))"
)
_BEFORE_NAME = re.compile(
    r"(?:甲方|乙方|丙方|丁方|买方|卖方|供方|需方|出租人|承租人|借款人|出借人|贷款人|保证人|担保人|委托人|受托人|用人单位|劳动者|公司名称|名称|以及|经由|交由|提交|委托|指定"
    r"|[和与及由向给至系是于在经为即将按致对到从])(?=.)"
)
_TOO_COMMON = re.compile(
    r"(?:本|该|双方|各|其|我|贵|对方|任何一方|一方|任何|另一|上述|有关|所在地|第三|全资|关联|母|子|总|分)?(?:公司|银行|中心|单位|厂|店|行|社|院|委员会|仲裁委员会|工厂|集团)"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙"
    "史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路"
    "游辛靳欧阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖"
    "巩明佘池查麻苑迟邝封官谈匡鞠惠荆乐冀胥南班储原栗燕楚鄢劳谌奚"
)
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐"
_GIVEN = rf"[{_HAN}]\n?[{_HAN}]"
_PERSON = re.compile(
    rf"(?:(?<![{_HAN}\w\n])|(?<![{_HAN}\w]\n)(?<=\n)|(?<=[由向与和及给致有、])|(?<=代表人)|(?<=负责人)|(?<=联系人)|(?<=保证人)|(?<=担保人))"
    rf"((?:{_COMPOUND})[{_HAN}]{{1,2}}|[{_SURNAMES}]{_GIVEN})"
    r"(?=$|[\s，。、；：（(）),;∕/]|[和与及对以为的愿系作连自向借同住]|同意|本人|所有|名下|保证|签)"
    rf"|(?<=[:：\s])((?:[{_SURNAMES}])[{_HAN}])(?=$|[，。、；（(]|\s(?![{_HAN}]{{0,1}}$))"
)
_NOT_PERSON_WORDS = (
    "万元 方式 方案 金额 金融 成本 成立 成员 程序 文件 文本 全部 全额 全体 应当 应付 应于 应向 应在 时间 时限 解除 解决 单价 单位 单独 商品 商务 管理 管辖 经济 连带 连续 项目 项下 原件"
    " 原则 明确 向对 和解 任何 任一 任意 余额 余款 高级 高新 石油 安装 安全 安排 关于 关系 关联 路由 章程 符合 包括 包装 包含 季度 盛装 施工 温度 车辆 车位 房屋 房产 边界 南方 平方 时效 华东 金属"
    " 农业 田间 商标 商业 司法 成交 计划 莫过 毛重 毛利 容量 全文 全权 方可 方能 方法 左右 万分 阳台 江苏 江西 安徽 海南 云南 湖南 河南 陕西 山西 宁波 温州 苏州 徐州 常州 石家庄 南京 连云港 张家港 秦皇岛 武汉 成都 贺州 柳州 梅州 康乐 林业 毕业"
)
_NOT_PERSON = frozenset(_NOT_PERSON_WORDS.split())
_ADDRESS_UNIT = "省市区县镇乡村路街道巷弄号幢栋楼层室座"
_ADDRESS = re.compile(rf"(?:[{_HAN}A-Za-z0-9·\-—－]|\n(?=[{_HAN}0-9])|[（(][{_HAN}0-9]{{1,12}}[）)]){{2,60}}")
_ADDRESS_LEAD = re.compile(
    r".*(?:坐落于|坐落在|座落于|位于|地址|地点|住所地?|注册地|办公地|送货至|运输?至|运到|送达|送至|交付至|发往|运往|住在|租赁|承租|出租|住|在|至|到|于|将|为|是|即)(?=.{4})",
    re.DOTALL,
)
_ADDRESS_END = re.compile(
    r"(?:\d+[A-Za-z]?号(?:楼|院|厂房|库房|仓库)?|[幢栋楼层室座]|单元|商铺|厂区|厂房|大厦|广场|中心|基地|仓库|库房|园区?|村|现场)"
)


def han_names(text: str) -> Iterator[Found]:
    """The ranges of bodies, persons and addresses."""
    for match in _BODY.finditer(text):
        yield from _bodies(text, *match.span())
    for match in _PERSON.finditer(text):
        if match.group().replace("\n", "")[:2] not in _NOT_PERSON:
            yield SpanKind.NAME, *match.span()
    for match in _ADDRESS.finditer(text):
        yield from _addresses(text, *match.span())


def _bodies(text: str, start: int, end: int) -> Iterator[Found]:
    """A body with the beginnings that it may have: the run's, and those behind a word for "and" or "by"."""
    starts = [start, *(m.end() for m in _BEFORE_NAME.finditer(text, start, end - 1) if m.end() < end - 2)]
    if any(_TOO_COMMON.fullmatch(text, first, end) for first in starts):
        return  # "by the Company"
    for first in [starts[0], *starts[-2:]] if len(starts) > 3 else starts:
        words = text[first:end].lstrip("0123456789.、 ")
        if len(words) > 3:
            yield SpanKind.NAME, end - len(words), end


def _addresses(text: str, start: int, end: int) -> Iterator[Found]:
    words = text[start:end]
    if sum(c in _ADDRESS_UNIT for c in words) < 3:
        return
    ends = list(_ADDRESS_END.finditer(text, start, end))
    if not ends:
        return
    last = ends[-1].end()
    lead = _ADDRESS_LEAD.match(text, start, last)
    first = lead.end() if lead is not None else start
    for stop in dict.fromkeys((last, end)):
        if sum(c in _ADDRESS_UNIT for c in text[first:stop]) > 1:
            yield SpanKind.PLACE, first, stop
