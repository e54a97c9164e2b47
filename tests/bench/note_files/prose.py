"""Invented contract prose in five languages. `{k}` is the code before a citation, `@` the citation; `{a}`, `{z}` a note's codes.

No sentence of a body is in a note, so that a note is found by its words alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Prose:
    title: str
    headings: tuple[str, ...]
    body: tuple[str, ...]
    citing: tuple[str, ...]
    notes: tuple[str, ...]
    more: tuple[str, ...]
    """Sentences that make a note long."""
    table_head: tuple[str, str, str]
    row: str
    traps: tuple[str, ...]
    """Raised signs that are no citations, as `text^raised^text`."""
    listed: tuple[str, ...]
    books: tuple[str, ...]
    signed: tuple[str, ...]


ENGLISH: Final = Prose(
    "Services and Supply Agreement",
    (
        "Definitions",
        "Term",
        "Fees",
        "Delivery",
        "Warranties",
        "Liability",
        "Records",
        "Termination",
        "Notices",
        "General",
    ),
    (
        "The Provider performs the Services with the care that a prudent operator would apply.",
        "No delay in exercising a right counts as giving it up.",
        "Each invoice falls due thirty days after the Customer receives it.",
        "The Customer gives access to its premises during ordinary working hours.",
        "Title to the Goods passes on payment, and risk passes on delivery.",
        "A party may assign its claims for money without the consent of the other.",
        "Amounts are stated without tax, which the Customer pays in addition.",
        "The Provider keeps records of the work for six years and shows them on request.",
        "Neither party answers for a failure that results from events beyond its reasonable control.",
        "This Agreement replaces every earlier arrangement between the parties about its subject.",
        "If a term is void the others remain in force and the parties agree on one that comes closest to it.",
        "The insurer named in the Schedule must hold a rating that both parties accept.",
        "Spare parts stay available for ten years from the last delivery of the type.",
        "The steering group meets once in each quarter and keeps minutes of what it decides.",
    ),
    (
        "The price is the one recorded under {k}@.",
        "Consent was given in the form of {k}@.",
        "The parties rely on {k}@ and on no other statement.",
        "Under {k}@ the Provider keeps the site insured.",
        "The deposit {k} of EUR 12,500@ stays with the agent.",
        "As agreed in {k}@, no interest runs before the due date.",
        "Completion takes place on the day fixed by {k}@.",
        "The cap {k} is 3,000,000@ euro.",
    ),
    (
        "Letter {a} of the Provider, accepted without change by the Customer under {z}.",
        "Report {a} was shown to both parties before they signed, and its findings are listed in {z}.",
        "Entry {a} in the register names a charge that ends on completion, see deed {z}.",
        "Compare item {a}; the amount was corrected after the audit that is filed as {z}.",
        "Permit {a} had not been granted on the date of signing, so that the buyer bears the risk told in {z}.",
        "See {a} and {z}.",
        "Minute {a} of the board, which approved the draft on condition that the bank confirms it in writing before {z}.",
    ),
    (
        "The bank was asked twice for its view and replied that it saw no ground to object.",
        "Whoever relies on the earlier wording has to show that it was still in use at that time.",
        "The surveyor measured the yard again after the fence had been moved to the eastern side.",
        "Part of the sum was paid in kind, which the auditors valued at the price of the day.",
        "The translation is for convenience, and the signed copy prevails wherever the two differ.",
        "A copy lies with the notary and may be read there on any working day after notice.",
    ),
    ("Item", "Amount", "Due"),
    "Instalment {n}",
    (
        "The store covers 450 m^2^ and the tank holds 80 m^3^ of water.",
        "Turnover was 3 × 10^6^ units in that year.",
        "Delivery starts on the 1^st^ of May and ends on the 23^rd^ of June.",
        "The limit is 10^−9^ mol and the noise level is that of 4^th^ class rooms.",
        "The amount of [*] per unit and [***] per year was left out on request.",
    ),
    (
        "the licence fee",
        "the cost of storage",
        "the price of spare parts",
        "travel at cost",
        "taxes on import",
    ),
    (
        "Harlow, The Law of Supply, 2nd ed., London 2011.",
        "Mertens and Vail, Warranties in Practice, Leeds 2016.",
        "Osei, Limits of Liability, in: Trade Review 44 (2019), p. 12.",
    ),
    ("Signed for the Provider: ______________", "Signed for the Customer: ______________"),
)
GERMAN: Final = Prose(
    "Rahmenvertrag über Lieferungen",
    (
        "Begriffe",
        "Laufzeit",
        "Vergütung",
        "Lieferung",
        "Gewährleistung",
        "Haftung",
        "Unterlagen",
        "Kündigung",
        "Schluss",
    ),
    (
        "Der Anbieter erbringt die Leistungen mit der Sorgfalt eines ordentlichen Kaufmanns.",
        "Rechnungen werden dreißig Tage nach Zugang fällig.",
        "Das Eigentum geht mit der Zahlung über, die Gefahr mit der Übergabe.",
        "Der Kunde gewährt während der üblichen Arbeitszeit Zutritt zu seinen Räumen.",
        "Änderungen bedürfen der Schriftform, auch die Änderung dieser Klausel.",
        "Ist eine Bestimmung unwirksam, so bleiben die übrigen in Kraft.",
        "Ersatzteile bleiben zehn Jahre lang lieferbar.",
        "Keine Partei haftet für Ereignisse, die sie nicht zu vertreten hat.",
        "Alle Preise verstehen sich zuzüglich der gesetzlichen Umsatzsteuer.",
    ),
    (
        "Es gilt der Preis nach {k}@.",
        "Die Zustimmung wurde gemäß {k}@ erteilt.",
        "Nach {k}@ bleibt das Gelände versichert.",
        "Die Anzahlung {k} ist 12.500@ Euro.",
        "Wie in {k}@ vereinbart, laufen keine Zinsen.",
    ),
    (
        "Schreiben {a} des Anbieters, vom Kunden unverändert angenommen mit {z}.",
        "Der Bericht {a} lag beiden Seiten vor der Unterschrift vor, seine Ergebnisse nennt {z}.",
        "Vgl. Posten {a}; der Betrag wurde nach der Prüfung berichtigt, siehe {z}.",
        "Die Genehmigung {a} war bei Abschluss noch nicht erteilt, so dass der Käufer das Risiko nach {z} trägt.",
    ),
    (
        "Die Bank wurde zweimal befragt und sah keinen Grund zum Widerspruch.",
        "Eine Abschrift liegt beim Notar und kann dort an jedem Werktag gelesen werden.",
        "Ein Teil der Summe wurde in Waren geleistet, die zum Tagespreis angesetzt sind.",
    ),
    ("Posten", "Betrag", "Frist"),
    "Rate {n}",
    ("Die Halle misst 450 m^2^ und der Tank fasst 80 m^3^ Wasser.", "Der Umsatz lag bei 3 × 10^6^ Stück."),
    ("die Lizenzgebühr", "die Lagerkosten", "der Preis der Ersatzteile"),
    ("Adler, Kaufrecht, 3. Aufl., Köln 2012.", "Brandt, Haftung im Handel, Bonn 2018."),
    ("Für den Anbieter: ______________", "Für den Kunden: ______________"),
)
FRENCH: Final = Prose(
    "Contrat de fourniture",
    ("Définitions", "Durée", "Prix", "Livraison", "Garanties", "Responsabilité", "Résiliation", "Divers"),
    (
        "Le prestataire exécute les services avec le soin d'un professionnel diligent.",
        "Les factures sont payables à trente jours de leur réception.",
        "La propriété passe avec le paiement et les risques avec la remise.",
        "Le client ouvre ses locaux pendant les heures habituelles de travail.",
        "Si une clause est nulle, les autres restent en vigueur.",
        "Les pièces de rechange restent disponibles pendant dix ans.",
        "Aucune partie ne répond des faits qui échappent à sa volonté.",
        "Les montants s'entendent hors taxes.",
    ),
    (
        "Le prix est celui de {k}@.",
        "Le consentement a été donné selon {k}@.",
        "Les parties se fondent sur {k}@ et sur rien d'autre.",
        "L'acompte {k} est de 12 500@ euros.",
    ),
    (
        "Lettre {a} du prestataire, acceptée sans changement par le client sous {z}.",
        "Le rapport {a} a été remis aux deux parties avant la signature, voir {z}.",
        "Voir le poste {a} ; le montant a été corrigé après le contrôle classé sous {z}.",
    ),
    (
        "La banque a été consultée deux fois et n'a vu aucun motif d'opposition.",
        "Une copie est déposée chez le notaire, où chacun peut la lire les jours ouvrés.",
        "Une partie de la somme a été payée en nature au prix du jour.",
    ),
    ("Poste", "Montant", "Délai"),
    "Tranche {n}",
    ("Le dépôt couvre 450 m^2^ et la cuve contient 80 m^3^ d'eau.", "La livraison commence le 1^er^ mai."),
    ("la redevance", "les frais de stockage", "le prix des pièces"),
    ("Aubert, Droit de la vente, 4e éd., Lyon 2013.", "Nodier, Les garanties, Paris 2017."),
    ("Pour le prestataire : ______________", "Pour le client : ______________"),
)
CHINESE: Final = Prose(
    "供货与服务协议",
    ("定义", "期限", "价款", "交付", "保证", "责任", "记录", "终止", "通知", "附则"),
    (
        "服务方应以审慎经营者应有的注意履行本协议项下的服务。",
        "客户应在收到发票后三十日内付款。",
        "货物的所有权自付款时转移，风险自交付时转移。",
        "客户应在正常工作时间内向服务方开放其场所。",
        "任何一方迟延行使权利不构成对该权利的放弃。",
        "本协议的部分条款无效的，不影响其余条款的效力。",
        "备件自最后一次交付之日起十年内应可供应。",
        "双方应每季度召开一次会议并作成会议记录。",
        "因不可抗力不能履行义务的一方不承担责任。",
        "未经另一方书面同意，任何一方不得转让其义务。",
    ),
    (
        "价款以{k}@所载金额为准。",
        "双方依据{k}@确定交付日期。",
        "保证金{k}为人民币125000元@，由代理人保管。",
        "同意函的内容见{k}@。",
        "按照{k}@的约定，到期前不计利息。",
    ),
    (
        "见服务方{a}号函，客户已于{z}号文件中予以接受。",
        "该报告{a}在签署前已交付双方，其结论列于{z}。",
        "登记簿{a}项载明一项抵押，于交割时解除，参见{z}。",
        "金额在审计后作了更正，详见{a}及{z}。",
    ),
    (
        "银行两次被征询意见，均表示没有异议。",
        "副本存放于公证处，工作日内可凭通知查阅。",
        "部分款项以实物支付，按当日价格计算。",
        "译文仅供参考，与签署文本不一致时以签署文本为准。",
    ),
    ("项目", "金额", "期限"),
    "第{n}期",
    (
        "仓库面积为450 m^2^，水箱容积为80 m^3^。",
        "当年产量为3×10^6^件。",
        "款项包括：①许可费；②仓储费；③备件费。",
    ),
    ("许可费", "仓储费", "备件价款", "差旅费"),
    ("林远：《买卖法论》，2012年第二版。", "周岚：《保证责任实务》，2018年。"),
    ("服务方（盖章）：______________", "客户（盖章）：______________"),
)
JAPANESE: Final = Prose(
    "供給及び役務契約書",
    ("定義", "期間", "対価", "引渡し", "保証", "責任", "解除", "通知", "雑則"),
    (
        "受託者は善良な管理者の注意をもって役務を提供する。",
        "請求書を受領した日から三十日以内に支払うものとする。",
        "所有権は支払の時に、危険は引渡しの時に移転する。",
        "委託者は通常の営業時間内に施設への立入りを認める。",
        "本契約の一部が無効であっても、他の条項は有効に存続する。",
        "部品は最終の引渡しから十年間供給される。",
        "当事者は四半期ごとに会議を開き、議事録を作成する。",
        "不可抗力による不履行について当事者は責任を負わない。",
    ),
    (
        "代金は{k}@に記載する額とする。",
        "当事者は{k}@に基づき引渡日を定める。",
        "保証金は{k}金125000円@とする。",
        "{k}@に定めるとおり、期日前の利息は生じない。",
    ),
    (
        "受託者の書簡{a}を参照し、委託者は{z}において承諾した。",
        "報告書{a}は署名前に双方へ交付され、結論は{z}に示す。",
        "登記簿{a}に記載された担保は完了時に消滅する。{z}を参照。",
    ),
    (
        "銀行は二度照会を受け、異議がない旨を回答した。",
        "写しは公証人の下に保管され、営業日に閲覧することができる。",
        "金額の一部は現物で支払われ、当日の価格で評価された。",
    ),
    ("項目", "金額", "期限"),
    "第{n}回",
    ("倉庫の面積は450 m^2^である。", "生産数は3×10^6^個である。", "費用は①使用料、②保管料、③部品代とする。"),
    ("使用料", "保管料", "部品代"),
    ("森田『売買法』第二版、2012年。", "北原『保証の実務』、2018年。"),
    ("受託者：______________", "委託者：______________"),
)
BY_LANGUAGE: Final = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "zh": CHINESE, "ja": JAPANESE}
CJK: Final = frozenset({"zh", "ja"})
