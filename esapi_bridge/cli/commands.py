"""The commands of ``esapi-bridge`` and where each lives: a verb, then the network where there are two."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from esapi_bridge.cli.lazy import Command, Group

CLI = "esapi_bridge.cli"

COMMANDS: Mapping[str, Command | Group] = MappingProxyType(
    {
        "demo": Command(f"{CLI}.demo:demo", "Make phantom plans, compute dose and fluence, report."),
        "dose": Command(f"{CLI}.dose:dose", "Compute the fine dose of an exported plan."),
        "fluence": Command(f"{CLI}.fluence:fluence", "Compute the optimal fluences of an exported plan."),
        "batch": Command(f"{CLI}.batch:batch", "Compute dose or fluence of every plan below a folder."),
        "compare": Command(f"{CLI}.compare:compare", "Compare two dose files of one patient: gamma and differences."),
        "commission": Command(
            f"{CLI}.commission:commission", "Measure a network on a clinic's own cases, for its approval."
        ),
        "models": Group(
            {
                "list": Command(f"{CLI}.models.list:models", "List the installed networks."),
                "show": Command(f"{CLI}.models.show:show", "Show the card of a network and the decisions on it."),
                "verify": Command(f"{CLI}.models.verify:verify", "Compare weights with the digests on their cards."),
                "approve": Command(
                    f"{CLI}.models.approve:approve", "Approve a network for this site on its commissioning record."
                ),
                "retire": Command(f"{CLI}.models.retire:retire", "Withdraw the approval of a network."),
            },
            "List the networks; approve or retire one for this site.",
        ),
        "doctor": Command(f"{CLI}.doctor:doctor", "Say what is installed and what is missing."),
        "bundle": Command(f"{CLI}.bundle:bundle", "Make one file that installs esapi-bridge without internet."),
        "data": Group(
            {
                "dose": Command(f"{CLI}.data.dose:dose", "Make paired doses of phantoms and CTs."),
                "fluence": Command(f"{CLI}.data.fluence:fluence", "Make prostate IMRT plans of phantoms."),
                "collect": Group(
                    {
                        "dose": Command(
                            f"{CLI}.data.collect_dose:dose",
                            "Turn fields that were calculated twice into training data.",
                        ),
                        "fluence": Command(
                            f"{CLI}.data.collect_fluence:fluence",
                            "Turn plans that CollectFluenceNetData wrote into training data.",
                        ),
                    },
                    "Turn what was collected in one's own Eclipse into training data.",
                ),
                "samples": Command(
                    f"{CLI}.data.samples:samples", "Make the samples of a fluence network ahead of its training."
                ),
                "picture": Command(
                    f"{CLI}.data.picture:picture", "Draw a prostate IMRT plan: dose, histograms and fluences."
                ),
            },
            "Make what the networks learn from.",
        ),
        "train": Group(
            {
                "dose": Command(f"{CLI}.train.dose:dose", "Train a dose network on paired doses."),
                "correction": Command(
                    f"{CLI}.train.correction:correction", "Teach a dose network to correct itself at 1.25 mm."
                ),
                "fluence": Command(f"{CLI}.train.fluence:fluence", "Train a fluence network on plans."),
                "wanted-dose": Command(f"{CLI}.train.wanted_dose:wanted_dose", "Train a wanted-dose network on plans."),
            },
            "Train a network, or go on training it.",
        ),
        "evaluate": Group(
            {
                "dose": Command(f"{CLI}.evaluate.dose:dose", "Measure a dose network on fields it has not seen."),
                "fluence": Command(f"{CLI}.evaluate.fluence:fluence", "Measure the maps of a fluence network."),
                "plans": Command(f"{CLI}.evaluate.plans:plans", "Measure a fluence network on whole plans."),
                "wanted-dose": Command(
                    f"{CLI}.evaluate.wanted_dose:wanted_dose", "Measure the doses of a wanted-dose network."
                ),
            },
            "Measure networks on cases they have not seen.",
        ),
        "study": Group(
            {
                "dose": Command(
                    f"{CLI}.study.dose:dose", "Compare dose networks on patients left out of their training."
                )
            },
            "Compare networks on patients left out of their training.",
        ),
        "calibrate": Command(
            f"{CLI}.calibrate:calibrate", "Measure how sure a dose network is; written onto its card."
        ),
        "ship": Group(
            {
                "dose": Command(f"{CLI}.ship.dose:dose", "Turn a training run into a dose network that can be used."),
                "fluence": Command(
                    f"{CLI}.ship.fluence:fluence", "Turn a training run into a fluence network that can be used."
                ),
                "wanted-dose": Command(
                    f"{CLI}.ship.wanted_dose:wanted_dose",
                    "Turn a training run into a wanted-dose network.",
                ),
            },
            "Turn a training run into a network that can be used.",
        ),
        "mock": Group(
            {
                "export": Command(f"{CLI}.mock.export:export", "Plan on a phantom or a CT and export it as DICOM."),
                "database": Command(
                    f"{CLI}.mock.database:database", "Make a patient database for the mock Eclipse from exports."
                ),
                "eclipse": Command(f"{CLI}.mock.eclipse:eclipse", "Open the mock Eclipse, or run one script in it."),
                "assemblies": Command(
                    f"{CLI}.mock.assemblies:assemblies", "Build the mock's scripting interface and print its folder."
                ),
                "conform": Command(f"{CLI}.mock.conform:conform", "Say where a real Eclipse differs from the mock."),
            },
            "Export plans and run scripts without Eclipse.",
        ),
        "node": Group(
            {
                "listen": Command(
                    f"{CLI}.node.listen:listen", "Receive exports, calculate complete plans, send the results back."
                ),
                "fetch": Command(f"{CLI}.node.fetch:fetch", "Fetch a plan with all that belongs to it from a peer."),
                "send": Command(f"{CLI}.node.send:send", "Send files to a peer."),
            },
            "Exchange plans and doses with other DICOM nodes.",
        ),
        "worker": Group(
            {
                "run": Command(f"{CLI}.worker.run:run", "Work through the jobs that come from Eclipse."),
                "status": Command(f"{CLI}.worker.status:status", "Show the worker and every job."),
                "stop": Command(f"{CLI}.worker.stop:stop", "End the worker; its jobs are kept for the next one."),
            },
            "Control the process that computes for the scripts in Eclipse.",
        ),
        "scripts": Group(
            {
                "install": Command(
                    f"{CLI}.scripts.install:install", "Compile the scripts for Eclipse and install them."
                ),
                "check": Command(f"{CLI}.scripts.check:check", "Compare an installation with what was installed."),
            },
            "Install the scripts that run inside Eclipse.",
        ),
    }
)
