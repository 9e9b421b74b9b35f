import subprocess
import sys

import pytest

import dosenet


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*{{m.split('.')[0] for m in sys.modules}})"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_no_torch() -> None:
    assert "torch" not in loaded("import dosenet")


@pytest.mark.slow
def test_training_of_both_networks_needs_no_dicom_images_or_bridge() -> None:
    assert not loaded("import dosenet.training, fluencenet.training") & {
        "SimpleITK",
        "pydicom",
        "numba",
        "esapi_bridge",
    }


def test_public_names_exist() -> None:
    assert all(hasattr(dosenet, name) for name in dosenet.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = dosenet.nothing
