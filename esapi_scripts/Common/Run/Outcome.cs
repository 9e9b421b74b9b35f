using System.Collections.Generic;
using System.IO;
using System.Linq;
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
        public Outcome(ExitCode code, string message) : this(code, message, message)
        {
        }

        /// <summary>Makes an outcome whose message is shown otherwise than it is kept.</summary>
        /// <param name="code">Done, failed, refused or cancelled.</param>
        /// <param name="message">One or two sentences for the screen.</param>
        /// <param name="kept">The same for files: without identities.</param>
        public Outcome(ExitCode code, string message, string kept)
        {
            Code = code;
            Message = message;
            Kept = kept;
        }

        /// <summary>Done, failed, refused or cancelled.</summary>
        public ExitCode Code { get; private set; }

        /// <summary>One or two sentences for the screen.</summary>
        public string Message { get; private set; }

        /// <summary>The same for files: words of Eclipse without identities.</summary>
        public string Kept { get; private set; }

        /// <summary>How the window heads the message, where the usual words of the exit code are not true; null where they are.</summary>
        public string Verdict { get; set; }

        /// <summary>A page to open; null for none.</summary>
        public string Report { get; set; }

        /// <summary>A table to show beside the message; null for none. Files have its figures among the details.</summary>
        public OutcomeTable Table { get; set; }

        /// <summary>The log that says more; null for none.</summary>
        public string Log { get; set; }

        /// <summary>Figures for the outcome file, by name.</summary>
        public Dictionary<string, object> Details
        {
            get { return _details; }
        }

        /// <summary>Adds a sentence to the message, for the screen and for files.</summary>
        public void Add(string sentence, string kept)
        {
            Message += " " + sentence;
            Kept += " " + kept;
        }

        /// <summary>
        /// Writes the outcome as JSON: exit_code, message, report, log (its name), intended_use and the details, in which
        /// what is no number is null.
        /// </summary>
        public void Write(string path)
        {
            Dictionary<string, object> values = _details.ToDictionary(detail => detail.Key, detail => Finite.Written(detail.Value));
            values["exit_code"] = (int)Code;
            values["message"] = Kept;
            values["report"] = Report;
            values["log"] = Path.GetFileName(Log);
            values["intended_use"] = IntendedUse;
            string temporary = path + ".partial";
            File.WriteAllText(temporary, Json.Write(values), new UTF8Encoding(false));
            Moves.Replace(temporary, path);
        }
    }
}
