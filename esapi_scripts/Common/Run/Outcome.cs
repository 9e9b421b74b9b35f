using System.Collections.Generic;
using System.IO;
using System.Text;

namespace EsapiBridge.Scripts
{
    /// <summary>How a run ended, for the user and for a host that drives the script.</summary>
    public sealed class Outcome
    {
        /// <summary>The sentence every output carries.</summary>
        public const string IntendedUse = "Research use only, not for clinical use.";

        private readonly Dictionary<string, object> _details = new Dictionary<string, object>();

        /// <summary>Makes an outcome.</summary>
        public Outcome(ExitCode code, string message)
        {
            Code = code;
            Message = message;
        }

        /// <summary>Done, failed, refused or cancelled.</summary>
        public ExitCode Code { get; private set; }

        /// <summary>One or two sentences.</summary>
        public string Message { get; private set; }

        /// <summary>A page to open; null for none.</summary>
        public string Report { get; set; }

        /// <summary>Figures for the outcome file, by name.</summary>
        public Dictionary<string, object> Details
        {
            get { return _details; }
        }

        /// <summary>Writes the outcome as JSON: exit_code, message, report, intended_use and the details.</summary>
        public void Write(string path)
        {
            Dictionary<string, object> values = new Dictionary<string, object>(_details);
            values["exit_code"] = (int)Code;
            values["message"] = Message;
            values["report"] = Report;
            values["intended_use"] = IntendedUse;
            string temporary = path + ".partial";
            File.WriteAllText(temporary, Json.Write(values), new UTF8Encoding(false));
            File.Delete(path);
            File.Move(temporary, path);
        }
    }
}
