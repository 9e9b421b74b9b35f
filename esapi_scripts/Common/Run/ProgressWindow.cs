using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Drawing;
using System.Threading;
using System.Windows.Forms;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The script's window: what will be done, Start and Cancel, a progress bar, the outcome, a button to the report.
    /// It lives on its own thread, so it answers while Eclipse's thread works; it never touches ESAPI.
    /// </summary>
    public sealed class ProgressWindow : Form, IScriptWindow
    {
        private const int PollMs = 100;
        private readonly Progress progress;
        private readonly bool startsByItself;
        private readonly Label text = new Label();
        private readonly Label step = new Label();
        private readonly ProgressBar bar = new ProgressBar();
        private readonly Button main = new Button();
        private readonly Button cancel = new Button();
        private readonly System.Windows.Forms.Timer poll = new System.Windows.Forms.Timer();
        private Outcome outcome;

        private ProgressWindow(string title, Progress progress, bool startsByItself)
        {
            this.progress = progress;
            this.startsByItself = startsByItself;
            Text = title + " (esapi-bridge)";
            BuildControls();
            poll.Interval = PollMs;
            poll.Tick += delegate { ShowState(); };
            FormClosing += delegate(object sender, FormClosingEventArgs closing)
            {
                closing.Cancel = outcome == null; // the outcome is always shown
                PressCancelUnlessEnded();
            };
        }

        /// <summary>Opens the window on a thread of its own and returns when it is there.</summary>
        public static ProgressWindow Open(string title, Progress progress)
        {
            bool startsByItself = RunOptions.FromEnvironment().StartsByItself;
            ProgressWindow window = null;
            using (ManualResetEvent isThere = new ManualResetEvent(false))
            {
                Thread thread = new Thread(delegate()
                {
                    window = new ProgressWindow(title, progress, startsByItself);
                    window.Shown += delegate { isThere.Set(); };
                    Application.Run(window);
                });
                thread.SetApartmentState(ApartmentState.STA);
                thread.IsBackground = true;
                thread.Name = "esapi-bridge window";
                thread.Start();
                isThere.WaitOne();
            }
            return window;
        }

        /// <summary>Says what will be done.</summary>
        public void Explain(string what)
        {
            OnWindowThread(delegate
            {
                text.Text = what;
                main.Enabled = true;
                main.Focus();
            });
        }

        /// <summary>Waits for the Start button.</summary>
        public void WaitForStart()
        {
            if (startsByItself)
            {
                OnWindowThread(Begin);
            }
            progress.WaitForStart();
        }

        /// <summary>Asks in a dialog which choice belongs to which row; null if it is closed without an answer.</summary>
        public Dictionary<string, string> Choose(
            string question, IList<KeyValuePair<string, string>> rows, IEnumerable<string> choices)
        {
            if (startsByItself)
            {
                return null; // nobody is there to answer
            }
            return (Dictionary<string, string>)Invoke((Func<Dictionary<string, string>>)delegate
            {
                using (ChoiceDialog dialog = new ChoiceDialog(question, rows, choices))
                {
                    return dialog.ShowDialog(this) == DialogResult.OK ? dialog.Answers() : null;
                }
            });
        }

        /// <summary>Shows how it ended; the window stays until the user closes it.</summary>
        public void ShowOutcome(Outcome ended)
        {
            OnWindowThread(delegate
            {
                outcome = ended;
                poll.Stop();
                text.Text = ended.Message;
                step.Text = Verdict(ended.Code);
                bar.Style = ProgressBarStyle.Blocks;
                bar.Value = ended.Code == ExitCode.Done ? bar.Maximum : 0;
                main.Text = "Open report";
                main.Visible = ended.Report != null;
                main.Enabled = true;
                cancel.Text = "Close";
                cancel.Enabled = true;
            });
        }

        private static string Verdict(ExitCode code)
        {
            switch (code)
            {
                case ExitCode.Done: return "Done";
                case ExitCode.Refused: return "Refused; nothing was written";
                case ExitCode.Cancelled: return "Cancelled; nothing was written";
                default: return "Failed; nothing was kept";
            }
        }

        private void BuildControls()
        {
            ClientSize = new Size(560, 260);
            FormBorderStyle = FormBorderStyle.FixedDialog;
            MaximizeBox = false;
            StartPosition = FormStartPosition.CenterScreen;
            TopMost = true;
            text.SetBounds(16, 14, 528, 128);
            text.Text = "Looking at the plan ...";
            step.SetBounds(16, 148, 528, 20);
            bar.SetBounds(16, 170, 528, 20);
            bar.Maximum = 1000;
            Label use = new Label { Text = Outcome.IntendedUse, ForeColor = Color.Firebrick };
            use.SetBounds(16, 222, 300, 20);
            main.SetBounds(330, 212, 104, 30);
            main.Text = "Start";
            main.Enabled = false;
            main.Click += delegate { PressMain(); };
            cancel.SetBounds(440, 212, 104, 30);
            cancel.Text = "Cancel";
            cancel.Click += delegate { PressCancel(); };
            Controls.AddRange(new Control[] { text, step, bar, use, main, cancel });
        }

        private void PressMain()
        {
            if (outcome != null)
            {
                Process.Start(new ProcessStartInfo(outcome.Report) { UseShellExecute = true });
                return;
            }
            Begin();
        }

        private void Begin()
        {
            main.Enabled = false;
            poll.Start();
            progress.Start();
        }

        private void PressCancel()
        {
            if (outcome != null)
            {
                Close();
            }
            PressCancelUnlessEnded();
        }

        private void PressCancelUnlessEnded()
        {
            if (outcome == null)
            {
                cancel.Enabled = false;
                step.Text = "Cancelling ...";
                progress.Cancel();
            }
        }

        private void ShowState()
        {
            ProgressState state = progress.State;
            if (progress.IsCancelRequested)
            {
                step.Text = "Cancelling ...";
                return;
            }
            bool isKnown = state.Total > 0;
            step.Text = isKnown ? state.Step + ": " + state.Done + " of " + state.Total : state.Step;
            bar.Style = isKnown ? ProgressBarStyle.Blocks : ProgressBarStyle.Marquee;
            if (isKnown)
            {
                bar.Value = (int)Math.Min(1000L, 1000L * state.Done / state.Total);
            }
        }

        private void OnWindowThread(MethodInvoker action)
        {
            if (!IsDisposed)
            {
                BeginInvoke(action);
            }
        }
    }
}
