# Makes an environment with esapi-bridge from the packages beside this file; no network is used.
# powershell -ExecutionPolicy Bypass -File install.ps1 [FOLDER] [-Python C:\path\to\python.exe]
param([string]$Folder = "$PSScriptRoot\env", [string]$Python = "")
$ErrorActionPreference = "Stop"
if (-not $Python) { $Python = & py "-@PYTHON@" -c "import sys; print(sys.executable)" }
if (-not $Python) { Write-Host "install 64-bit Python @PYTHON@ first"; exit 1 }
$List = "$PSScriptRoot\requirements-win_amd64.txt"
$Packages = "--no-index", "--find-links", "$PSScriptRoot\wheels", "--require-hashes", "--requirement", $List

if (Get-Command uv -ErrorAction SilentlyContinue) {
    & uv --no-config venv --offline --no-python-downloads --python $Python $Folder
    if ($LASTEXITCODE) { exit $LASTEXITCODE }
    & uv --no-config pip install --offline --python "$Folder\Scripts\python.exe" @Packages
} else {
    & $Python -m venv $Folder
    if ($LASTEXITCODE) { exit $LASTEXITCODE }
    & "$Folder\Scripts\python.exe" -m pip --isolated --disable-pip-version-check install @Packages
}
if ($LASTEXITCODE) { exit $LASTEXITCODE }
& "$Folder\Scripts\esapi-bridge.exe" doctor
if ($LASTEXITCODE) { exit $LASTEXITCODE }
Write-Host "installed; start it as $Folder\Scripts\esapi-bridge.exe"
