"""The English agreement's families of clauses: one wording for each kind of thing, varied with its facts."""

from __future__ import annotations

from tests.samples.figures import N_BORROWERS, AssetClass, Month, money, pick

CLASSES = (
    AssetClass(
        "Loans secured on offices and shops in use",
        "loans to owners of buildings that are let to at least three tenants",
        "25%", "3%", "seven years", "a first mortgage of not more than 60% of the value of the building",
        "the present value of the instalments, at a rate that the valuer derives from loans of like kind made in the same half-year",
        "The borrower must show the rents of the last three years, and the leases must run on average for four years more.",
    ),
    AssetClass(
        "Loans secured on housing to let",
        "loans to companies and foundations that own dwellings and let them",
        "20%", "3%", "ten years", "a first mortgage of not more than 65% of the value of the dwellings, and a pledge of the rents",
        "the outstanding sum with accrued interest, moved by the change in the index of mortgage bonds of equal life",
        "Nine dwellings out of ten must be let on the day of the loan, and the borrower must keep a reserve for repairs.",
    ),
    AssetClass(
        "Loans for works in progress",
        "loans to builders for works that have been permitted, insured and sold or let in advance to the extent of one half",
        "10%", "2%", "two years", "a mortgage on the land and a guarantee of completion from a bank or an insurer",
        "the sums drawn with accrued interest, after a visit of the valuer to the works in each half-year",
        "Money is paid out in steps, each upon the certificate of an engineer whom the Manager has chosen.",
    ),
    AssetClass(
        "Loans to utilities",
        "loans to suppliers of water, heat and electricity whose charges are set or reviewed by an authority",
        "15%", "4%", "twelve years", "a charge on the plant, or a negative pledge where the utility is owned by a public body",
        "the price at which the valuer would expect the loan to pass between two informed banks",
        "The ratio of income to interest must have been above two in each of the last five years.",
    ),
    AssetClass(
        "Leases of medical equipment",
        "leases to hospitals and clinics of equipment that is approved for use in the country where it stands",
        "12%", "1.5%", "six years", "ownership of the equipment, and the lessor’s right to fetch it",
        "the present value of the rentals and of the residual value, the latter taken from the list of an international dealer",
        "The maker must have undertaken to maintain the equipment for as long as the lease runs.",
    ),
    AssetClass(
        "Leases of vehicles and rolling stock",
        "leases of buses, wagons and lorries to operators with a public contract or a fleet of more than forty",
        "10%", "1.5%", "eight years", "ownership, entry in the register where there is one, and insurance in the lessor’s favour",
        "the lower of the present value of the rentals and the price paid for vehicles of equal age at the two last auctions",
        "The mileage is read every quarter, and more than the agreed number is paid for at once.",
    ),
    AssetClass(
        "Leases of ships’ engines and port equipment",
        "leases to ferry companies and ports of engines, cranes and handling gear",
        "6%", "1.5%", "nine years", "ownership or a maritime mortgage, entered in a register of a member of the European Economic Area",
        "the opinion of a ship broker, given in writing and not older than six months",
        "The equipment must be in class, and the certificate of the classification society is renewed each year.",
    ),
    AssetClass(
        "Bonds of states and their regions",
        "bonds issued or guaranteed by a state, a region or a municipality with a rating of A or better",
        "40%", "6%", "ten years", "none beyond the promise of the issuer or the bank",
        "the middle price at noon of the day of valuation, as supplied by two dealers",
        "An issue must be larger than USD 200,000,000, so that it may be sold again within a week.",
    ),
    AssetClass(
        "Covered bonds",
        "bonds of banks that are covered by a pool of mortgages kept apart under a special law",
        "20%", "4%", "eight years", "the cover pool, of which the Manager reviews the report in each quarter",
        "the closing price of the exchange on which the bond is traded most",
        "The pool must exceed the bonds by at least eight per cent.",
    ),
    AssetClass(
        "Bonds of companies",
        "bonds of companies with a rating of BBB or better from two agencies",
        "15%", "2%", "seven years", "none beyond the issuer’s promise, though a bond with security is preferred where the yields are alike",
        "the bid price on the day of valuation, as published by the pricing service named in the accounts",
        "A bond whose rating falls below BBB is sold within one hundred and eighty days, at a time that the Manager chooses.",
    ),
    AssetClass(
        "Trade receivables",
        "invoices for goods delivered, payable within one hundred and twenty days and insured against non-payment",
        "8%", "1%", "one hundred and twenty days", "assignment of the invoice and of the insurance",
        "the face amount less the discount that has not yet been earned",
        "The debtor must have been told of the assignment, and must have paid its earlier invoices on time.",
    ),
    AssetClass(
        "Renewable power stations",
        "loans to owners of stations that sell at least two thirds of their power at a price fixed for five years",
        "12%", "3%", "fourteen years", "a mortgage or pledge of the station, the site and the contracts of sale",
        "the present value of the instalments, tested against the production of the last twenty-four months",
        "An engineer reports each year on the state of the station, and the report is open to the Investor.",
    ),
    AssetClass(
        "Treasury bills and deposits",
        "bills of the United Kingdom, Germany, France and the United States, and deposits with banks rated A or better",
        "30%", "10%", "one year", "none beyond the promise of the issuer or the bank",
        "cost with accrued interest",
        "The Manager keeps in this class at all times what falls due for distribution in the next quarter.",
    ),
    AssetClass(
        "Shares in loans of other lenders",
        "parts of loans that would be eligible by themselves and that a bank or an insurer continues to serve",
        "15%", "2%", "eight years", "the security of the loan, held by the lender or by a trustee for all who share in it",
        "the value reported by the lender, reviewed by the valuer in a sample of one third each quarter",
        "The lender must keep a tenth of the loan for itself until it is repaid.",
    ),
)  # fmt: skip

_CLASS_WORDINGS = (
    "The Programme may hold {what}. At no time shall this class make up more than {limit} of the Net Assets, nor a single asset in it "
    "more than {single}. The security is {security}. The remaining life of an asset, when it is acquired, shall not exceed {life}.",
    "Eligible are {what}, with a remaining life of at most {life}. The required security is {security}. The class is limited to {limit} of "
    "the Net Assets, and each asset to {single}.",
    "Up to {limit} of the Net Assets may be placed in {what}. No one asset may pass {single}, and none may run for longer than {life} from "
    "the day on which the Programme buys it. As security the Manager shall require the following: {security}.",
)
_VALUE_WORDINGS = (
    "The value of each asset in this class is {valued}.",
    "Here the Administrator takes {valued}.",
    "In this class value means {valued}.",
)


def classes() -> str:
    parts: list[str] = []
    for index, asset in enumerate(CLASSES):
        wording = pick(_CLASS_WORDINGS, index)
        said = wording.format(
            what=asset.what, limit=asset.limit, single=asset.single, security=asset.security, life=asset.life
        )
        parts += [f"== Class {index + 1}: {asset.name}", said, asset.extra]
    rows = "\n".join(f"| {a.name} | {a.limit} | {a.single} | {a.life} |" for a in CLASSES)
    return "\n\n".join(
        [*parts, "== Summary of limits", f"| Class | Of net assets | Each asset | Longest life |\n{rows}"]
    )


def valuation() -> str:
    parts = [
        "Assets are valued one by one, in the currency in which they are payable, and converted at the rate fixed in London at four "
        "o’clock on the day of valuation. Accrued income is added, and costs of the year that have not yet been paid are taken off."
    ]
    for index, asset in enumerate(CLASSES):
        parts += [f"== {asset.name}", pick(_VALUE_WORDINGS, index).format(valued=asset.valued)]
    parts.append(
        "> Where no method fits an asset, the valuer determines the value that seems fair to it, gives its reasons in writing, and sends "
        "them to the committee of the investors."
    )
    return "\n\n".join(parts)


SUBSCRIPTION = """\
The Investor subscribes by the form at the end of this Schedule. The steps are these, and each of them is confirmed by the Administrator in writing.

| Step | Who | Until |
| Form and papers are sent to the Administrator | Investor | 16 June 2023 |
| Papers are checked, questions are asked | Administrator | 21 June 2023 |
| Acceptance is declared | Manager | 23 June 2023 |
| Money is paid in | Investor | 29 June 2023 |
| Units are issued | Administrator | 3 July 2023 |
| Contract note is sent | Administrator | 6 July 2023 |

== Papers

The Investor shall deliver a copy, certified within the last three months, of its certificate of incorporation and of its articles.

It shall deliver a list of its directors and of the persons who may sign for it, with specimens of their signatures and copies of their passports.

It shall deliver a statement that shows who owns or controls more than one tenth of it, down to natural persons, or why there is no such person.

It shall deliver the minutes of the meeting at which the subscription was resolved, and the forms by which it declares its residence for tax.

== Account

Payments are made to account 40118827 of the Programme with the Custodian, sort code 19-27-61, under the reference “LSIP V” and the name of the Investor. Money from an account in another name is sent back.

== Form of subscription

We subscribe for Units of the fifth series of the Larkmoor Steady Income Programme in the amount stated in Article 3, and have read the Agreement with all its Schedules.

We instruct the Administrator to pay distributions to the account from which the subscription comes, until we give another instruction.

_ For the Investor:
_ Place and date:
_ Received by the Administrator:"""

REPORTS = (
    ("Monthly fact sheet", "eight Business Days after the end of the month", "the Unit Value and its gain, the classes of assets, and the loans made and repaid"),
    ("Quarterly report", "twenty Business Days after the end of the quarter", "each asset with its class, its country, its rate and its value, and each dealing with a company of the Manager"),
    ("Report on security", "the end of February", "what stands as security for each loan, its value, and when it was last looked at"),
    ("Audited accounts", "30 April", "the balance sheet, the income, the auditor’s opinion, and the costs with the share that the Manager bears"),
    ("Report on votes", "31 May", "how the votes of the bonds were cast, and why"),
    ("Report on conflicts", "30 June", "each matter put before the committee, its advice, and what the Manager did"),
    ("Letter of the senior members", "31 January and 31 July", "what the team has learned, and what it would do otherwise"),
    ("Statement for tax", "the end of February", "income by kind and by country, and the taxes withheld"),
    ("Report on energy and climate", "30 September", "the use of energy of the buildings in the pool, and how it has changed since the year before"),
    ("Notice of events", "two Business Days", "a change in the team, an inquiry of an authority, a limit passed, or an error in the Unit Value"),
)  # fmt: skip

_REPORT_WORDINGS = (
    "The Manager sends it not later than {when}. It states {content}.",
    "It is due {when}, and contains {content}.",
    "It shows {content}. The Investor receives it by electronic mail, at the latest {when}.",
)
_FREQUENT = ("Monthly fact sheet", "Quarterly report", "Notice of events")


def reports() -> str:
    parts = [
        "The Investor receives the following reports. Those that the auditor has examined bear its mark."
    ]
    for index, (name, when, content) in enumerate(REPORTS):
        due = when if name not in _FREQUENT or "after" in when else f"{when} after the event"
        if index % 3 == 1 and "after" not in when:
            due = f"on {when}" if when[0].isdigit() else f"at {when}"
        parts += [f"== {name}", pick(_REPORT_WORDINGS, index).format(when=due, content=content)]
    return "\n\n".join(parts)


CONTACTS = """\
Notices under Article 20 are sent to the following persons. A copy of each notice to the Investor goes to its legal advisers.

| Party | Person | Address |
| Manager | Company Secretary | 14 Saddler’s Row, London EC2; notices@larkmoor.example |
| Investor | Secretary to the Trustees | 3 Kirkgate Lane, Aberdeen; trustees@stonehaven-meadows.example |
| Custodian | Depositary Services | 60 Tanner’s Quay, London E1; depositary@ravensgate.example |
| Administrator | Transfer Agency | 9 Mill Court, Truro; register@penhallow.example |
| Auditor | Funds Group | 71 Coopers’ Gate, Leeds; funds@fennimore-gale.example |

== Signatories of the Investor

Instructions for payment bear two of the following signatures, one of them from the first group.

| Group | Name | Office |
| First | Duncan A. Mearns | Chair of the Trustees |
| First | Morag Ellen Tulloch | Deputy Chair |
| Second | Rasheed Olatunji | Head of Investments |
| Second | Catriona Blyth | Secretary |"""

SHORT_CLASSES = (
    "Loans on buildings",
    "Public bonds",
    "Covered bonds",
    "Medical leases",
    "Loans to utilities",
    "Power stations",
    "Vehicle leases",
    "Bills and deposits",
)

BORROWERS = (
    # with the place of their class in SHORT_CLASSES
    ("Aldermere Estates", 0), ("Bruinvis Ferries", 6), ("Cobo Tiles", 0), ("Dunmore Water", 4),
    ("Esker Dairies", 0), ("Ferrel Market Hall", 0), ("Gestel Bakeries", 0), ("Halden Cold Store", 0),
    ("Isola Packing", 0), ("Jarlshof Marine", 0), ("Kestrel Buses", 6), ("Lievens Clinic", 3),
    ("Monteiro Print", 0), ("Norra Grain", 0), ("Oostkamp Homes", 0), ("Pentland Wind", 5),
    ("Quarro Heat", 4), ("Ribe Wagons", 6), ("Sint-Jan Hospital", 3), ("Tavira Solar", 5),
    ("Ulster Crane", 6), ("Varde Hydro", 5), ("Wexcombe Homes", 0), ("Ystad Quays", 0),
)  # fmt: skip
if len(BORROWERS) != N_BORROWERS:
    raise ValueError("the deals name borrowers by index")


def opening(month: Month) -> str:
    day = f"{month.last_day.day} {month.last_day:%B %Y}"
    value, gain, assets = f"USD {month.unit_value:.2f}", f"{month.gain:.2f}%", money(month.net_assets)
    return pick(
        (
            f"On {day} the Unit Value of Series IV stood at {value}, which is {gain} more than a month before. Its net assets were {assets}.",
            f"Series IV ended the month with a Unit Value of {value} and net assets of {assets}. The gain was {gain}.",
            f"With a gain of {gain} the Unit Value rose to {value} by {day}. The investors of Series IV together hold {assets}.",
            f"The Administrator has determined a Unit Value of {value} for {day}. It rests on net assets of {assets} and is {gain} above that of the month before.",
        ),
        month.index,
    )


def of_markets(month: Month) -> str:
    wide = 118 + month.index * 7 % 29
    return pick(
        (
            f"Secured loans of seven years paid about {wide} basis points more than bills.",
            f"For a loan of good standing one could ask {wide} basis points above the rate of deposits.",
            f"The margin on leases was close to {wide} basis points.",
        ),
        month.index,
    )


def of_portfolio(month: Month) -> str:
    share = month.weights[0]
    return pick(
        (
            f"At the end of the month {month.n_loans} loans and leases were in the books, and loans on buildings made up {share:.1f}% of the net assets.",
            f"Loans on buildings stand at {share:.1f}% of the net assets; the pool counts {month.n_loans} loans and leases.",
            f"The number of loans and leases is {month.n_loans}. Their average remaining life is {month.duration_years} years.",
        ),
        month.index,
    )


def of_outlook(month: Month) -> str:
    low = 1.3 + month.index * 3 % 5 * 0.1
    return pick(
        (
            f"The Manager reckons with a distribution of about {low:.1f}% for the quarter.",
            f"For the distribution of the current quarter {low:.1f}% has been budgeted, which is in line with the plan for the year.",
            f"If the plan holds, as it has so far, the next distribution will come to some {low:.1f}%.",
            f"The income already earned would allow a distribution of {low:.1f}% at the next date.",
        ),
        month.index,
    )


def record() -> str:
    series = (
        ("I", 2009, 2013, "6.9%"),
        ("II", 2011, 2016, "6.6%"),
        ("III", 2013, 2018, "6.4%"),
        ("IV", 2018, 2023, "6.3%"),
    )
    rows = "\n".join(
        f"| Series {name} | {start} | {end} | {rate} | all |" for name, start, end, rate in series
    )
    return f"| Series | Opened | Ended | Return a year after fees | Distributions on time |\n{rows}"
