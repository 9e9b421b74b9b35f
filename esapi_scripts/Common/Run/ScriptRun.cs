using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Runs the work of a script on Eclipse's thread, with a window on a thread of its own, and turns whatever happens
    /// into an outcome. Nothing is thrown into Eclipse.
    /// </summary>
    public static class ScriptRun
    {
        /// <summary>Runs a script.</summary>
        /// <param name="title">Name of the script.</param>
        /// <param name="work">Checks, waits for Start, works; returns how it ended.</param>
        public static void Execute(string title, Func<ScriptSession, Outcome> work)
        {
            RunOptions options = RunOptions.FromEnvironment();
            Progress progress = new Progress(options.CancelAt);
            IScriptWindow window = options.IsUnattended ? (IScriptWindow)new NoWindow() : ProgressWindow.Open(title, progress);
            Outcome outcome = Attempt(work, new ScriptSession(options, progress, window));
            if (options.OutcomeFile != null)
            {
                outcome.Write(options.OutcomeFile);
            }
            window.ShowOutcome(outcome);
        }

        private static Outcome Attempt(Func<ScriptSession, Outcome> work, ScriptSession session)
        {
            try
            {
                return work(session);
            }
            catch (BridgeException error)
            {
                return new Outcome(error.Code, Sentence(error.Message));
            }
            catch (Exception error)
            {
                // Messages of other libraries may hold paths or names, so only the kind of error is shown.
                Outcome outcome = new Outcome(ExitCode.Failed, "An unexpected error ended the script: "
                    + error.GetType().Name + " in " + Place(error) + ". Nothing was kept; please report it.");
                return outcome;
            }
        }

        private static string Sentence(string message)
        {
            return char.ToUpperInvariant(message[0]) + message.Substring(1) + (message.EndsWith(".") ? "" : ".");
        }

        private static string Place(Exception error)
        {
            return error.TargetSite == null ? "an unknown place" : error.TargetSite.DeclaringType + "." + error.TargetSite.Name;
        }

        private sealed class NoWindow : IScriptWindow
        {
            public void Explain(string what)
            {
            }

            public void WaitForStart()
            {
            }

            public Dictionary<string, string> Choose(
                string question, IList<KeyValuePair<string, string>> rows, IEnumerable<string> choices)
            {
                return null;
            }

            public void ShowOutcome(Outcome outcome)
            {
            }
        }
    }

    /// <summary>What a script's work is given.</summary>
    public sealed class ScriptSession
    {
        private readonly IScriptWindow _window;

        /// <summary>Makes a session.</summary>
        public ScriptSession(RunOptions options, Progress progress, IScriptWindow window)
        {
            Options = options;
            Progress = progress;
            _window = window;
        }

        /// <summary>How the script is to run.</summary>
        public RunOptions Options { get; private set; }

        /// <summary>Tells the window and listens to Cancel.</summary>
        public Progress Progress { get; private set; }

        /// <summary>Says what will be done and waits for Start.</summary>
        /// <exception cref="CancelledException">Cancel was pressed.</exception>
        public void Propose(string what)
        {
            _window.Explain(what);
            _window.WaitForStart();
            Progress.ThrowIfCancelled();
        }

        /// <summary>Asks which choice belongs to which row.</summary>
        /// <param name="question">What is asked.</param>
        /// <param name="rows">Rows in order, with the choice each has already; null for none.</param>
        /// <param name="choices">What may be chosen.</param>
        /// <returns>The rows that were answered; null where nobody is there to answer, or nobody wants to.</returns>
        public Dictionary<string, string> Choose(
            string question, IList<KeyValuePair<string, string>> rows, IEnumerable<string> choices)
        {
            return _window.Choose(question, rows, choices);
        }
    }

    /// <summary>What a script shows.</summary>
    public interface IScriptWindow
    {
        /// <summary>Says what will be done.</summary>
        void Explain(string what);

        /// <summary>Waits for the Start button.</summary>
        void WaitForStart();

        /// <summary>Asks which choice belongs to which row; null if it is not answered.</summary>
        Dictionary<string, string> Choose(string question, IList<KeyValuePair<string, string>> rows, IEnumerable<string> choices);

        /// <summary>Shows how it ended; does not wait for the window to be closed.</summary>
        void ShowOutcome(Outcome outcome);
    }
}
