using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What the working thread tells and the window shows: the step, how far it is, and in the other direction Start and
    /// Cancel. Both sides may touch it at any time.
    /// </summary>
    public sealed class Progress
    {
        private readonly object _gate = new object();
        private readonly ManualResetEvent _answered = new ManualResetEvent(false);
        private readonly string _cancelAt;
        private ProgressState _state = new ProgressState("", 0, 0);
        private readonly List<BridgeException> _notes = new List<BridgeException>();
        private volatile bool _isCancelRequested;
        private volatile Exception _windowError;

        /// <summary>Makes a progress at rest.</summary>
        /// <param name="cancelAt">Step at which to cancel as if by the button; null for none.</param>
        public Progress(string cancelAt)
        {
            _cancelAt = cancelAt;
        }

        /// <summary>Where the work is now.</summary>
        public ProgressState State
        {
            get
            {
                lock (_gate)
                {
                    return _state;
                }
            }
        }

        /// <summary>Whether Cancel was pressed.</summary>
        public bool IsCancelRequested
        {
            get { return _isCancelRequested; }
        }

        /// <summary>What the user must be told besides how it ended.</summary>
        public IEnumerable<BridgeException> Notes
        {
            get { return _notes; }
        }

        /// <summary>Keeps something to be told in the end, such as what was left out; the same is told once.</summary>
        public void Note(BridgeException note)
        {
            if (_notes.All(other => other.Message != note.Message))
            {
                _notes.Add(note);
            }
        }

        /// <summary>Tells where the work is.</summary>
        /// <param name="step">What is being done, for the user.</param>
        /// <param name="done">Parts done.</param>
        /// <param name="total">Parts in all; 0 where not known.</param>
        /// <exception cref="CancelledException">Cancel was pressed.</exception>
        public void Report(string step, int done, int total)
        {
            lock (_gate)
            {
                _state = new ProgressState(step, done, total);
            }
            if (_cancelAt != null && step.StartsWith(_cancelAt, StringComparison.OrdinalIgnoreCase))
            {
                Cancel();
            }
            ThrowIfCancelled();
        }

        /// <summary>Ends the work if Cancel was pressed, or nobody can press it any more.</summary>
        /// <exception cref="CancelledException">It was.</exception>
        /// <exception cref="BridgeException">The window is gone.</exception>
        public void ThrowIfCancelled()
        {
            if (_windowError != null)
            {
                throw new BridgeException("the script's window failed, so that nobody could follow or cancel; nothing was kept",
                    _windowError);
            }
            if (_isCancelRequested)
            {
                throw new CancelledException();
            }
        }

        /// <summary>Asks the work to end; it does so at its next report.</summary>
        public void Cancel()
        {
            _isCancelRequested = true;
            _answered.Set();
        }

        /// <summary>Says that the window is gone; the work ends at its next report.</summary>
        public void Fail(Exception windowError)
        {
            _windowError = windowError;
            _answered.Set();
        }

        /// <summary>Lets the work begin.</summary>
        public void Start()
        {
            _answered.Set();
        }

        /// <summary>Waits for Start.</summary>
        /// <exception cref="CancelledException">Cancel was pressed instead.</exception>
        public void WaitForStart()
        {
            _answered.WaitOne();
            ThrowIfCancelled();
        }
    }

    /// <summary>Where the work is at one moment.</summary>
    public sealed class ProgressState
    {
        /// <summary>Makes a state.</summary>
        public ProgressState(string step, int done, int total)
        {
            Step = step;
            Done = done;
            Total = total;
        }

        /// <summary>What is being done.</summary>
        public string Step { get; private set; }

        /// <summary>Parts done.</summary>
        public int Done { get; private set; }

        /// <summary>Parts in all; 0 where not known.</summary>
        public int Total { get; private set; }
    }
}
