"""The price table: a YAML file of the user with the prices of a model's tokens and seconds.

currency: EUR
models:
  qwen:                               # name of the Triton model; all its versions cost the same
    per_million_tokens_in: 0.20
    per_million_tokens_out: 0.60
  critic:
    per_second: 0.0003                # of call time; parallel calls are added up
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tasks.core.errors import ConfigurationError

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(BaseModel):
    """The prices of one model; a price that is not given is zero."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_million_tokens_in: Amount = 0
    per_million_tokens_out: Amount = 0
    per_second: Amount = 0


class Prices(BaseModel):
    """The price table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
    models: dict[str, Price]

    def money(
        self, model: str, tokens_in: int | None, tokens_out: int | None, seconds: float
    ) -> float | None:
        """The cost of a model (`name/version`); None: it is not in the table."""
        price = self.models.get(model.partition("/")[0])
        if price is None:
            return None
        millionths_in = (tokens_in or 0) * price.per_million_tokens_in
        millionths_out = (tokens_out or 0) * price.per_million_tokens_out
        return (millionths_in + millionths_out) / 1e6 + seconds * price.per_second


def load_prices(path: Path) -> Prices:
    """Read a price table.

    Raises:
        ConfigurationError: the file cannot be read, is not YAML, or has an entry that is not a
        price.
    """
    try:
        tree: object = YAML(typ="safe").load(path.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType]
        return Prices.model_validate(tree)
    except OSError as error:
        raise ConfigurationError(
            f"COUNTERSIGN_PRICES: {path} cannot be read ({error.strerror}): check the path and its permissions"
        ) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"COUNTERSIGN_PRICES: {path} is not a YAML file in UTF-8") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(f"COUNTERSIGN_PRICES: {path}: {place}: {first['msg']}") from error
