using System;
using System.Reflection;
using System.Windows;

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

        private readonly Action<Assembly, ScriptContext, Window> _execute;

        internal ScriptEnvironment(Action<Assembly, ScriptContext, Window> execute)
        {
            _execute = execute;
        }

        /// <summary>The application.</summary>
        public string ApplicationName { get { return MockName; } }

        /// <summary>Its version.</summary>
        public string VersionInfo { get { return MockVersion; } }

        /// <summary>Version of the scripting interface.</summary>
        public string ApiVersionInfo { get { return typeof(ScriptEnvironment).Assembly.GetName().Version.ToString(); } }

        /// <summary>
        /// Runs the script of another assembly (ScriptEnvironment.ExecuteScript, ESAPI 15.6). The window is the caller's
        /// to show, assumed; null for a script that takes none.
        /// </summary>
        public void ExecuteScript(Assembly scriptAssembly, ScriptContext scriptContext, Window window)
        {
            if (_execute == null)
            {
                throw new NotSupportedException("not in the mock: scripts of scripts without a host that runs them");
            }
            _execute(scriptAssembly, scriptContext, window);
        }
    }
}
