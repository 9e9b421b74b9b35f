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
        private readonly Progress _progress;
        private readonly bool _startsByItself;
        private readonly Label _text = new Label();
        private readonly Label _step = new Label();
        private readonly ProgressBar _bar = new ProgressBar();
        private readonly Button _main = new Button();
        private readonly Button _cancel = new Button();
        private readonly System.Windows.Forms.Timer _poll = new System.Windows.Forms.Timer();
        private Outcome _outcome;

        private ProgressWindow(string title, Progress progress, bool startsByItself)
        {
            _progress = progress;
            _startsByItself = startsByItself;
            Text = title + " (esapi-bridge)";
            BuildControls();
            _poll.Interval = PollMs;
            _poll.Tick += delegate { ShowState(); };
            FormClosing += delegate(object sender, FormClosingEventArgs closing)
            {
                closing.Cancel = _outcome == null; // the outcome is always shown
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
                _text.Text = what;
                _main.Enabled = true;
                _main.Focus();
            });
        }

        /// <summary>Waits for the Start button.</summary>
        public void WaitForStart()
        {
            if (_startsByItself)
            {
                OnWindowThread(Begin);
            }
            _progress.WaitForStart();
        }

        /// <summary>Asks in a dialog which choice belongs to which row; null if it is closed without an answer.</summary>
        public Dictionary<string, string> Choose(
            string question, IList<KeyValuePair<string, string>> rows, IEnumerable<string> choices)
        {
            if (_startsByItself)
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
                _outcome = ended;
                _poll.Stop();
                _text.Text = ended.Message;
                _step.Text = Verdict(ended.Code);
                _bar.Style = ProgressBarStyle.Blocks;
                _bar.Value = ended.Code == ExitCode.Done ? _bar.Maximum : 0;
                _main.Text = "Open report";
                _main.Visible = ended.Report != null;
                _main.Enabled = true;
                _cancel.Text = "Close";
                _cancel.Enabled = true;
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
            _text.SetBounds(16, 14, 528, 128);
            _text.Text = "Looking at the plan ...";
            _step.SetBounds(16, 148, 528, 20);
            _bar.SetBounds(16, 170, 528, 20);
            _bar.Maximum = 1000;
            Label use = new Label { Text = Outcome.IntendedUse, ForeColor = Color.Firebrick };
            use.SetBounds(16, 222, 300, 20);
            _main.SetBounds(330, 212, 104, 30);
            _main.Text = "Start";
            _main.Enabled = false;
            _main.Click += delegate { PressMain(); };
            _cancel.SetBounds(440, 212, 104, 30);
            _cancel.Text = "Cancel";
            _cancel.Click += delegate { PressCancel(); };
            Controls.AddRange(new Control[] { _text, _step, _bar, use, _main, _cancel });
        }

        private void PressMain()
        {
            if (_outcome != null)
            {
                Process.Start(new ProcessStartInfo(_outcome.Report) { UseShellExecute = true });
                return;
            }
            Begin();
        }

        private void Begin()
        {
            _main.Enabled = false;
            _poll.Start();
            _progress.Start();
        }

        private void PressCancel()
        {
            if (_outcome != null)
            {
                Close();
            }
            PressCancelUnlessEnded();
        }

        private void PressCancelUnlessEnded()
        {
            if (_outcome == null)
            {
                _cancel.Enabled = false;
                _step.Text = "Cancelling ...";
                _progress.Cancel();
            }
        }

        private void ShowState()
        {
            ProgressState state = _progress.State;
            if (_progress.IsCancelRequested)
            {
                _step.Text = "Cancelling ...";
                return;
            }
            bool isKnown = state.Total > 0;
            _step.Text = isKnown ? state.Step + ": " + state.Done + " of " + state.Total : state.Step;
            _bar.Style = isKnown ? ProgressBarStyle.Blocks : ProgressBarStyle.Marquee;
            if (isKnown)
            {
                _bar.Value = (int)Math.Min(1000L, 1000L * state.Done / state.Total);
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
