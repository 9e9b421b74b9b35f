using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// How a script is to run, from environment variables; none is set in a clinic. A host that drives scripts without
    /// a person sets them. The only class that reads environment variables.
    /// </summary>
    public sealed class RunOptions
    {
        private RunOptions()
        {
        }

        /// <summary>ESAPI_BRIDGE_UNATTENDED=1: no window, every question answered as proposed.</summary>
        public bool IsUnattended { get; private set; }

        /// <summary>ESAPI_BRIDGE_START=1: the window does not wait for the Start button.</summary>
        public bool StartsByItself { get; private set; }

        /// <summary>ESAPI_BRIDGE_OUTCOME: file that receives the outcome as JSON; null for none.</summary>
        public string OutcomeFile { get; private set; }

        /// <summary>ESAPI_BRIDGE_CANCEL_AT: name of the step at which the run is cancelled as if by the button; null for none.</summary>
        public string CancelAt { get; private set; }

        /// <summary>ESAPI_BRIDGE_EXPORTS: folder for exported cases instead of that in the settings; null for none.</summary>
        public string ExportFolder { get; private set; }

        /// <summary>ESAPI_BRIDGE_STRUCTURES: which structure has which role, as JSON such as {"PTV": "PTV_44"}; empty for none.</summary>
        public Dictionary<string, string> Structures { get; private set; }

        /// <summary>Reads the environment.</summary>
        public static RunOptions FromEnvironment()
        {
            return new RunOptions
            {
                IsUnattended = Environment.GetEnvironmentVariable("ESAPI_BRIDGE_UNATTENDED") == "1",
                StartsByItself = Environment.GetEnvironmentVariable("ESAPI_BRIDGE_START") == "1",
                OutcomeFile = Value("ESAPI_BRIDGE_OUTCOME"),
                CancelAt = Value("ESAPI_BRIDGE_CANCEL_AT"),
                ExportFolder = Value("ESAPI_BRIDGE_EXPORTS"),
                Structures = Json.Parse("{\"structures\": " + (Value("ESAPI_BRIDGE_STRUCTURES") ?? "{}") + "}").TextsByName("structures")
            };
        }

        private static string Value(string name)
        {
            string value = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrEmpty(value) ? null : value;
        }
    }
}
