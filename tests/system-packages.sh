#!/bin/sh
# Installs the programs that tests use beyond Python, where that is possible; without them their tests are skipped.
#   a browser for pages: chromium      pages of PDF: poppler
#   second readers of DICOM: dcmtk, dicom3tools      C# for the Eclipse scripts and the mock: Mono, Xvfb for its windows
#   an archive to fetch from: Orthanc (its service is not started)
wanted=""
command -v dcmdump >/dev/null && command -v dciodvfy >/dev/null || wanted="dcmtk dicom3tools"
command -v mcs >/dev/null && command -v mono >/dev/null && command -v Xvfb >/dev/null ||
    wanted="$wanted mono-runtime mono-mcs mono-devel libmono-2.0-dev libgdiplus xvfb"
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v pdftotext >/dev/null || wanted="$wanted poppler-utils"
command -v /usr/sbin/Orthanc >/dev/null || wanted="$wanted orthanc"
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    policy=/usr/sbin/policy-rc.d # Debian asks it whether to start a service that was just installed
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    # shellcheck disable=SC2086  # a list of packages
    (apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted) >/dev/null 2>&1 && exit 0
fi
echo "Some tests will be skipped; to run them install:$wanted"
