using System;
using System.Collections.Generic;
using System.IO;
using EsapiBridge.Mock;

namespace EsapiBridge.MockEclipse
{
    /// <summary>Runs one script without any window and tells how it ended.</summary>
    public static class Headless
    {
        private const string OutcomeVariable = "ESAPI_BRIDGE_OUTCOME";
        private const int Failed = 1;

        /// <summary>Opens, runs, saves only what ended well and was asked to be kept; returns the script's exit code.</summary>
        public static int Run(MockSession session, Options options)
        {
            Selection open = Selection.Open(session, options);
            Plugin plugin = Plugin.Load(options.Run, options.Scripts);
            Environment.SetEnvironmentVariable("ESAPI_BRIDGE_UNATTENDED", "1");
            FormsAnswers.Begin();
            TextWriter answers = Console.Out;
            if (options.Json)
            {
                Console.SetOut(Console.Error); // what the script writes is kept apart from the answer
            }
            string folder = null;
            string outcomeFile = Environment.GetEnvironmentVariable(OutcomeVariable);
            if (string.IsNullOrEmpty(outcomeFile))
            {
                folder = Path.Combine(Path.GetTempPath(), "mock-eclipse-" + Guid.NewGuid().ToString("N"));
                Directory.CreateDirectory(folder);
                outcomeFile = Path.Combine(folder, "outcome.json");
                Environment.SetEnvironmentVariable(OutcomeVariable, outcomeFile);
            }
            try
            {
                File.Delete(outcomeFile); // one of an earlier run says nothing about this one
                Dictionary<string, object> outcome = Execute(session, open, plugin, outcomeFile);
                int code = (int)(double)outcome["exit_code"];
                outcome["exit_code"] = code;
                bool changed = session.HasChanges;
                bool saved = false;
                if (options.Save && code == 0 && changed)
                {
                    string fault = Save(session);
                    saved = fault == null;
                    if (!saved)
                    {
                        code = Failed;
                        outcome["message"] = "the changes cannot be saved: " + fault;
                    }
                }
                Tell(answers, options, open, outcome, code, changed, saved);
                return code;
            }
            finally
            {
                session.ClosePatient();
                if (folder != null)
                {
                    Directory.Delete(folder, true);
                }
            }
        }

        /// <summary>Saves; returns what is in the way, null for nothing.</summary>
        private static string Save(MockSession session)
        {
            try
            {
                session.Save();
                return null;
            }
            catch (ApplicationException error)
            {
                return error.Message;
            }
            catch (NotSupportedException error)
            {
                return error.Message;
            }
        }

        private static Dictionary<string, object> Execute(
            MockSession session, Selection open, Plugin plugin, string outcomeFile)
        {
            Dictionary<string, object> window;
            try
            {
                session.Guard.BeginScript(plugin.Assembly);
                window = ScriptWindow.Tell(
                    plugin.Execute(session.CreateContext(open.Course, open.Plan), ScriptsOfScripts.Environment(session)));
            }
            catch (Exception error)
            {
                Dictionary<string, object> fault = Outcome(Failed, "the script ended with " + Fault.Line(error));
                fault["exception"] = Fault.Facts(error);
                foreach (string line in Fault.Lines(error))
                {
                    Console.Error.WriteLine(line);
                }
                return fault;
            }
            Dictionary<string, object> stated = Stated(outcomeFile);
            if (window != null)
            {
                stated["window"] = window;
            }
            return stated;
        }

        private static Dictionary<string, object> Stated(string outcomeFile)
        {
            if (!File.Exists(outcomeFile))
            {
                return Outcome(0, "the script ended and stated no outcome");
            }
            Dictionary<string, object> stated = Json.Parse(File.ReadAllText(outcomeFile)) as Dictionary<string, object>;
            if (stated == null || !stated.ContainsKey("exit_code") || !(stated["exit_code"] is double))
            {
                return Outcome(Failed, "the script stated an outcome without an exit code");
            }
            return stated;
        }

        private static Dictionary<string, object> Outcome(int code, string message)
        {
            return new Dictionary<string, object> { { "exit_code", (double)code }, { "message", message } };
        }

        private static void Tell(
            TextWriter answers,
            Options options,
            Selection open,
            Dictionary<string, object> outcome,
            int code,
            bool changed,
            bool saved)
        {
            object message;
            outcome.TryGetValue("message", out message);
            if (!options.Json)
            {
                answers.WriteLine(message);
                answers.WriteLine(saved ? "saved" : changed ? "changes discarded" : "nothing changed");
                return;
            }
            answers.Write(Json.Write(new Dictionary<string, object>
            {
                { "exit_code", code },
                { "message", message },
                { "patient", open.Patient },
                { "course", open.Course },
                { "plan", open.Plan },
                { "changed", changed },
                { "saved", saved },
                { "outcome", outcome },
                { "intended_use", Program.IntendedUse }
            }));
        }
    }
}
