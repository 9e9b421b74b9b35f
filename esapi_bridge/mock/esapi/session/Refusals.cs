using System;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The mock's refusals whose real exception type is not known: <see cref="ApplicationException"/> is assumed.
    /// </summary>
    [Serializable]
    public class RefusedException : ApplicationException
    {
        /// <summary>Makes a refusal.</summary>
        public RefusedException(string message) : base(message)
        {
        }
    }

    /// <summary>A script that may not do what it tries (name and texts known, namespace not: scripts cannot name it).</summary>
    [Serializable]
    public class UnauthorizedScriptingAPIAccessException : ApplicationException
    {
        /// <summary>Makes a refusal.</summary>
        public UnauthorizedScriptingAPIAccessException(string message) : base(message)
        {
        }
    }
}
