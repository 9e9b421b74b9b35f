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
        private const int LongText = 650;
        private const int TableGap = 8;
        private readonly Progress _progress;
        private readonly bool _startsByItself;
        private readonly TextBox _text = new TextBox();
        private readonly Label _step = new Label();
        private readonly ProgressBar _bar = new ProgressBar();
        private readonly Button _main = new Button();
        private readonly Button _log = new Button();
        private readonly Button _cancel = new Button();
        private readonly ManualResetEvent _isGone = new ManualResetEvent(false);
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
        /// <exception cref="RefusedException">No window can be opened.</exception>
        public static ProgressWindow Open(string title, Progress progress)
        {
            bool startsByItself = RunOptions.FromEnvironment().StartsByItself;
            ProgressWindow window = null;
            Exception fault = null;
            ManualResetEvent isDecided = new ManualResetEvent(false);
            Thread thread = new Thread(delegate()
            {
                try
                {
                    Application.SetUnhandledExceptionMode(UnhandledExceptionMode.CatchException, true);
                    window = new ProgressWindow(title, progress, startsByItself);
                    window.Shown += delegate { isDecided.Set(); };
                    window.Run();
                }
                catch (Exception error)
                {
                    fault = error; // an exception that leaves a thread ends the process, which is Eclipse
                    progress.Fail(error);
                }
                isDecided.Set();
            });
            thread.SetApartmentState(ApartmentState.STA);
            thread.IsBackground = true;
            thread.Name = "esapi-bridge window";
            thread.Start();
            isDecided.WaitOne();
            if (fault != null)
            {
                throw new RefusedException("the script's window could not be opened, so that nobody could be asked; nothing was done",
                    fault);
            }
            return window;
        }

        /// <summary>Says what will be done.</summary>
        public void Explain(string what)
        {
            OnWindowThread(delegate
            {
                Say(what);
                TopMost = true; // Eclipse waits for Start; afterwards it may have questions of its own, which must be seen
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
            Dictionary<string, string> answers = null;
            ManualResetEvent isAnswered = new ManualResetEvent(false);
            OnWindowThread(delegate
            {
                using (ChoiceDialog dialog = new ChoiceDialog(question, rows, choices))
                {
                    answers = dialog.ShowDialog(this) == DialogResult.OK ? dialog.Answers() : null;
                }
                isAnswered.Set();
            });
            WaitHandle.WaitAny(new WaitHandle[] { isAnswered, _isGone });
            _progress.ThrowIfCancelled();
            return answers;
        }

        /// <summary>Shows how it ended; the window stays until the user closes it. False if it is gone.</summary>
        public bool ShowOutcome(Outcome ended)
        {
            ManualResetEvent isShown = new ManualResetEvent(false);
            OnWindowThread(delegate
            {
                _outcome = ended;
                _poll.Stop();
                Say(ended.Message);
                ShowTable(ended.Table);
                _step.Text = ended.Verdict ?? Verdict(ended.Code);
                _bar.Style = ProgressBarStyle.Blocks;
                _bar.Value = ended.Code == ExitCode.Done ? _bar.Maximum : 0;
                _main.Text = "Open report";
                _main.Visible = ended.Report != null;
                _main.Enabled = true;
                _log.Visible = ended.Log != null;
                _cancel.Text = "Close";
                _cancel.Enabled = true;
                Activate(); // once to the front, not for ever: Eclipse goes on now
                isShown.Set();
            });
            return WaitHandle.WaitAny(new WaitHandle[] { isShown, _isGone }) == 0;
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
            _text.SetBounds(16, 14, 528, 128);
            _text.Multiline = _text.ReadOnly = true;
            _text.BorderStyle = BorderStyle.None;
            _text.TabStop = false;
            Say("Looking at the plan ...");
            _step.SetBounds(16, 148, 528, 20);
            _bar.SetBounds(16, 170, 528, 20);
            _bar.Maximum = 1000;
            Label use = new Label { Text = Outcome.IntendedUse, ForeColor = Color.Firebrick };
            use.SetBounds(16, 192, 528, 18);
            _log.SetBounds(220, 212, 104, 30);
            _log.Text = "Open log";
            _log.Visible = false;
            _log.Click += delegate { OpenFile(_outcome.Log); };
            _main.SetBounds(330, 212, 104, 30);
            _main.Text = "Start";
            _main.Enabled = false;
            _main.Click += delegate { PressMain(); };
            _cancel.SetBounds(440, 212, 104, 30);
            _cancel.Text = "Cancel";
            _cancel.Click += delegate { PressCancel(); };
            Controls.AddRange(new Control[] { _text, _step, _bar, use, _log, _main, _cancel });
        }

        private void PressMain()
        {
            if (_outcome != null)
            {
                OpenFile(_outcome.Report);
                return;
            }
            Begin();
        }

        private void Begin()
        {
            TopMost = false;
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

        /// <summary>Makes room for a table below the text.</summary>
        private void ShowTable(OutcomeTable table)
        {
            if (table == null)
            {
                return;
            }
            TableView view = new TableView(table, _text.Left, _step.Top, _text.Width);
            int room = view.Height + TableGap;
            foreach (Control control in Controls)
            {
                control.Top += control.Top < view.Top ? 0 : room;
            }
            ClientSize = new Size(ClientSize.Width, ClientSize.Height + room);
            Controls.Add(view);
            CenterToScreen();
        }

        private void Say(string text)
        {
            _text.Text = text.Replace("\r", "").Replace("\n", "\r\n");
            _text.ScrollBars = text.Length > LongText ? ScrollBars.Vertical : ScrollBars.None;
        }

        private void OpenFile(string file)
        {
            try
            {
                Process.Start(new ProcessStartInfo(file) { UseShellExecute = true });
            }
            catch (Exception)
            {
                _step.Text = "No program of this computer opens " + System.IO.Path.GetFileName(file);
            }
        }

        /// <summary>Handles messages until the window is closed; an error among them ends the window and is told to the work.</summary>
        private void Run()
        {
            Thread own = Thread.CurrentThread;
            ThreadExceptionEventHandler handler = delegate(object sender, ThreadExceptionEventArgs failed)
            {
                if (Thread.CurrentThread == own)
                {
                    Fail(failed.Exception);
                }
            };
            // Without a handler Windows Forms asks whether to end the application, which is Eclipse.
            Application.ThreadException += handler;
            try
            {
                Application.Run(this);
            }
            finally
            {
                Application.ThreadException -= handler;
                _isGone.Set();
            }
        }

        private void Fail(Exception error)
        {
            _progress.Fail(error);
            Application.ExitThread();
        }

        private void OnWindowThread(MethodInvoker action)
        {
            MethodInvoker guarded = delegate
            {
                try
                {
                    action();
                }
                catch (Exception error)
                {
                    Fail(error);
                }
            };
            try
            {
                BeginInvoke(guarded);
            }
            catch (InvalidOperationException)
            {
                _isGone.WaitOne(); // the window is going; what failed is told by the progress
            }
        }
    }
}
