namespace VMS.TPS.Common.Model.API
{
    /// <summary>The application a script runs in.</summary>
    public class ScriptEnvironment
    {
        internal const string MockName = "Mock Eclipse";
#if ESAPI_18
        internal const string MockVersion = "18.0 (mock)";
#elif ESAPI_16
        internal const string MockVersion = "16.1 (mock)";
#else
        internal const string MockVersion = "15.6 (mock)";
#endif

        internal ScriptEnvironment()
        {
        }

        /// <summary>The application.</summary>
        public string ApplicationName { get { return MockName; } }

        /// <summary>Its version.</summary>
        public string VersionInfo { get { return MockVersion; } }

        /// <summary>Version of the scripting interface.</summary>
        public string ApiVersionInfo { get { return typeof(ScriptEnvironment).Assembly.GetName().Version.ToString(); } }
    }
}
