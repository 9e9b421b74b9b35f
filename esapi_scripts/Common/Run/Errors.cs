using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>How a script ended; the numbers are the exit codes of every esapi-bridge command.</summary>
    public enum ExitCode
    {
        /// <summary>Everything was done.</summary>
        Done = 0,

        /// <summary>Something failed; nothing was kept.</summary>
        Failed = 1,

        /// <summary>A check forbids it; nothing was written.</summary>
        Refused = 3,

        /// <summary>The user cancelled; nothing was kept.</summary>
        Cancelled = 4
    }

    /// <summary>A fault with a message for the user: what was expected, what was found, what to do. No patient identity.</summary>
    public class BridgeException : Exception
    {
        /// <summary>Makes the error.</summary>
        public BridgeException(string message) : base(message)
        {
        }

        /// <summary>Makes the error with its cause.</summary>
        public BridgeException(string message, Exception cause) : base(message, cause)
        {
        }

        /// <summary>The exit code this error ends a script with.</summary>
        public virtual ExitCode Code
        {
            get { return ExitCode.Failed; }
        }
    }

    /// <summary>What was asked is understood, but a check forbids it.</summary>
    public class RefusedException : BridgeException
    {
        /// <summary>Makes the refusal.</summary>
        public RefusedException(string message) : this(message, new string[0])
        {
        }

        /// <summary>Makes the refusal of checks.</summary>
        public RefusedException(string message, IEnumerable<string> checks) : base(message)
        {
            Checks = new HashSet<string>(checks);
        }

        /// <summary>Makes the refusal with its cause.</summary>
        public RefusedException(string message, Exception cause) : base(message, cause)
        {
            Checks = new HashSet<string>();
        }

        /// <summary>Names of the checks of the Python side that refused; empty for a refusal of this side.</summary>
        public ICollection<string> Checks { get; private set; }

        /// <summary>Refused.</summary>
        public override ExitCode Code
        {
            get { return ExitCode.Refused; }
        }
    }

    /// <summary>The user pressed Cancel.</summary>
    public class CancelledException : BridgeException
    {
        /// <summary>Makes the cancellation.</summary>
        public CancelledException() : base("cancelled; nothing was kept")
        {
        }

        /// <summary>Cancelled.</summary>
        public override ExitCode Code
        {
            get { return ExitCode.Cancelled; }
        }
    }
}
