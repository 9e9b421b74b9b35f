using System;

namespace EsapiBridge.MockEclipse
{
    /// <summary>The host was asked for something it cannot do; the message says what to ask for instead.</summary>
    [Serializable]
    public sealed class UsageException : Exception
    {
        /// <summary>Makes the error.</summary>
        public UsageException(string message) : base(message)
        {
        }
    }
}
