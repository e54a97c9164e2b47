"""A CV that names Python and Flask, and neither of the things that usually come along with them."""

from __future__ import annotations

from pathlib import Path

from tests.samples.blocks import Block, Gap, Heading, ParagraphBlock
from tests.samples.page_style import ENGLISH
from tests.samples.pages import RunningLines, lay_out, write

NAME = "cv.pdf"
TITLE = "Curriculum Vitae"
OWNER = "Marit Solheim-Okafor"


def make(folder: Path) -> None:
    running = RunningLines(OWNER, TITLE, lambda number, count: f"{number} / {count}")
    write(folder / NAME, lay_out(blocks(), ENGLISH), ENGLISH, running, TITLE, OWNER)


def blocks() -> list[Block]:
    return [
        Heading(OWNER, 0),
        ParagraphBlock(
            "Software engineer · Bergen, Norway · marit@solheim-okafor.example · +47 55 50 01 42",
            is_centred=True,
        ),
        Heading("Profile"),
        ParagraphBlock(
            "Engineer with 9 years of experience in building small, dependable services for laboratories and shipping "
            "companies. I write code that the next person can read, and I stay until it runs."
        ),
        Heading("Skills"),
        ParagraphBlock("Python, Flask"),
        ParagraphBlock("Languages spoken: Norwegian, English, some Igbo."),
        Heading("Employment"),
        *_post(
            "Fjordlys Instruments AS, Bergen",
            "senior engineer, March 2019 – present",
            "Leads a team of four that collects the readings of 1,100 tide gauges along the coast.",
            "Rewrote the alarm service in Python; false alarms at night fell from eleven a week to one.",
            "Introduced a weekly hour in which two people read each other’s code aloud.",
        ),
        *_post(
            "Havn & Lodve Shipping Ltd, Aberdeen",
            "engineer, August 2016 – February 2019",
            "Built the berth calendar that six harbours use to this day, as a Flask application.",
            "Answered the telephone to the harbour masters every second Friday, and kept a list of what they disliked.",
        ),
        *_post(
            "Nordlund Analytical Laboratories Ltd, Dundee",
            "junior engineer, September 2014 – July 2016",
            "Turned the paper forms of a water laboratory into an electronic sample register.",
            "Wrote the manual, and held the course for the technicians.",
        ),
        Heading("Education"),
        ParagraphBlock("**Master of Science in Marine Technology**, University of Strathclyde, 2013 – 2014"),
        ParagraphBlock("**Bachelor of Science in Physics**, University of Bergen, 2010 – 2013"),
        Heading("Other"),
        ParagraphBlock(
            "Volunteer at the Laksevåg lifeboat station since 2017. Driving licence for cars and small lorries."
        ),
        ParagraphBlock("References are given on request."),
    ]


def _post(employer: str, post: str, *deeds: str) -> list[Block]:
    made: list[Block] = [ParagraphBlock(f"**{employer}** – {post}")]
    made += [ParagraphBlock(deed, number="•", indent=8) for deed in deeds]
    return [*made, Gap(4)]
