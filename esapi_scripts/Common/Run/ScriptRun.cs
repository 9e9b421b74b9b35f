using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Runs the work of a script on Eclipse's thread, with a window on a thread of its own, and turns whatever happens
    /// into an outcome. Nothing is thrown into Eclipse, but what no window can show.
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
            Identities identities = new Identities(title);
            IScriptWindow window = null;
            Outcome outcome = Attempt(title, progress, identities, delegate
            {
                window = options.IsUnattended ? (IScriptWindow)new NoWindow() : ProgressWindow.Open(title, progress);
                return work(new ScriptSession(options, progress, window, identities));
            });
            if (options.OutcomeFile != null)
            {
                outcome.Write(options.OutcomeFile);
            }
            if (window == null || !window.ShowOutcome(outcome))
            {
                throw new BridgeException(outcome.Message); // Eclipse shows it
            }
        }

        private static Outcome Attempt(string title, Progress progress, Identities identities, Func<Outcome> work)
        {
            List<string> log = new List<string>();
            Outcome outcome;
            try
            {
                outcome = work();
            }
            catch (Exception error)
            {
                BridgeException own = error as BridgeException;
                outcome = new Outcome(
                    own == null ? ExitCode.Failed : own.Code, ErrorText.Of(error, text => text), ErrorText.Of(error, identities.Hide));
                log.AddRange(error is CancelledException ? new string[0] : ErrorText.Lines(error, identities.Hide));
            }
            foreach (BridgeException note in progress.Notes)
            {
                outcome.Add(ErrorText.Of(note, text => text), ErrorText.Of(note, identities.Hide));
                log.AddRange(ErrorText.Lines(note, identities.Hide));
            }
            if (log.Count > 0)
            {
                outcome.Log = LocalLog.Write(title + ": " + outcome.Code, log);
            }
            return outcome;
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

            public bool ShowOutcome(Outcome outcome)
            {
                return true;
            }
        }
    }

    /// <summary>What a script's work is given.</summary>
    public sealed class ScriptSession
    {
        private readonly IScriptWindow _window;

        /// <summary>Makes a session.</summary>
        public ScriptSession(RunOptions options, Progress progress, IScriptWindow window, Identities identities)
        {
            Identities = identities;
            Options = options;
            Progress = progress;
            _window = window;
        }

        /// <summary>Names and ids that the log must not hold; to be told what is known.</summary>
        public Identities Identities { get; private set; }

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

        /// <summary>Shows how it ended; does not wait for the window to be closed. False if it cannot be shown.</summary>
        bool ShowOutcome(Outcome outcome);
    }
}
