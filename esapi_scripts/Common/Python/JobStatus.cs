using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>Where a job is between queue and end; the words of <c>esapi_bridge.worker.state.State</c>.</summary>
    public enum JobState
    {
        /// <summary>It waits for its turn.</summary>
        Queued,

        /// <summary>It is being calculated.</summary>
        Running,

        /// <summary>Its result is there.</summary>
        Done,

        /// <summary>It failed, or a check refused it.</summary>
        Failed,

        /// <summary>It was cancelled.</summary>
        Cancelled
    }

    /// <summary>How a job is at one moment.</summary>
    public sealed class JobStatus
    {
        private readonly JsonObject _answer;

        /// <summary>Wraps the answer of the Python side.</summary>
        public JobStatus(JsonObject answer)
        {
            _answer = answer;
        }

        /// <summary>Where it is between queue and end.</summary>
        public JobState State
        {
            get { return _answer.Choice<JobState>("state"); }
        }

        /// <summary>Whether it is neither queued nor running.</summary>
        public bool HasEnded
        {
            get { return State != JobState.Queued && State != JobState.Running; }
        }

        /// <summary>What is being done.</summary>
        public string Step
        {
            get { return _answer.Text("step", _answer.Text("state")); }
        }

        /// <summary>Parts done.</summary>
        public int Done
        {
            get { return _answer.Has("done") ? _answer.Integer("done") : 0; }
        }

        /// <summary>Parts in all; 0 where not known.</summary>
        public int Total
        {
            get { return _answer.Has("total") ? _answer.Integer("total") : 0; }
        }

        /// <summary>The error of a job that failed.</summary>
        public BridgeException Error
        {
            get { return BridgeErrors.Read(_answer, _answer.Text("message", "the calculation failed without a message")); }
        }
    }

    /// <summary>Errors of the Python side.</summary>
    internal static class BridgeErrors
    {
        /// <summary>Makes the error that an answer tells of: a refusal with its checks, or a failure.</summary>
        internal static BridgeException Read(JsonObject answer, string message)
        {
            if (!answer.Has("exit_code") || answer.Integer("exit_code") != (int)ExitCode.Refused)
            {
                return new BridgeException(message);
            }
            List<JsonObject> checks = answer.Has("checks") ? answer.Objects("checks") : new List<JsonObject>();
            return new RefusedException(message, checks.ConvertAll(check => check.Text("check")));
        }
    }
}
