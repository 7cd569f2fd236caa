"""The published house that views and pages are read from."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sib.settings import Settings

HOUSE = Path(__file__).parents[1] / "views" / "house" / "__init__.py"


def _published_house() -> ModuleType:
    """The house as one module, whichever folder of tests asks first."""
    if "published_house" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "published_house", HOUSE, submodule_search_locations=[str(HOUSE.parent)]
        )
        assert spec and spec.loader
        sys.modules["published_house"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["published_house"])
    return sys.modules["published_house"]


house = _published_house()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home whose warehouse holds the published house."""
    made = Settings(home=tmp_path_factory.mktemp("home"))
    house.publish_house(made)
    return made
