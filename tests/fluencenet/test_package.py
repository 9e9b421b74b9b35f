import pytest

import fluencenet
from tests.dosenet.test_package import loaded


def test_importing_the_package_loads_no_torch() -> None:
    assert "torch" not in loaded("import fluencenet, fluencenet.weights, fluencenet.preset, fluencenet.scene")


def test_public_names_exist() -> None:
    assert all(hasattr(fluencenet, name) for name in fluencenet.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = fluencenet.nothing
