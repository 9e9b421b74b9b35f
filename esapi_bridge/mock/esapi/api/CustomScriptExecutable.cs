// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// The way in for interpreters and for programs that are not .NET (CustomScriptExecutable, ESAPI 15.6). Outside research
    /// mode it can only read, as documented: there BeginModifications refuses, for no approval belongs to an interpreter.
    /// </summary>
    public static class CustomScriptExecutable
    {
        /// <summary>Starts the application; the name is for logs only (row 58).</summary>
        public static Application CreateApplication(string scriptName)
        {
            if (string.IsNullOrEmpty(scriptName))
            {
                throw new ArgumentException("expected the name of the script, found none");
            }
            Application application = Application.CreateApplication();
            application.Session.Guard.IsInterpreter = true;
            return application;
        }
    }
}
