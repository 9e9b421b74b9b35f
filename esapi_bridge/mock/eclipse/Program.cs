using System;
using System.IO;
using System.Reflection;
using System.Text;
using EsapiBridge.Mock;

[assembly: AssemblyTitle("Mock Eclipse")]
[assembly: AssemblyDescription("Host of scripts on a mock scripting interface. Research use only, not for clinical use.")]
[assembly: AssemblyVersion("1.0.0.0")]

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// Stands in for the planning system: opens a database of case folders and runs compiled scripts, in a window or
    /// without. Exit codes: that of the script; 1 failed, 2 wrong usage.
    /// </summary>
    public static class Program
    {
        /// <summary>The sentence every output carries.</summary>
        public const string IntendedUse = "Research use only, not for clinical use.";

        /// <summary>Starts the host.</summary>
        [STAThread]
        public static int Main(string[] arguments)
        {
            // Whatever the machine's language is, other programs read UTF-8.
            StreamWriter output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
            output.AutoFlush = true;
            Console.SetOut(output);
            try
            {
                Options options = Options.Parse(arguments);
                MockSession session = MockSession.Open(options.Database);
                session.Guard.HasWriteLicence = !options.NoLicence;
                session.Guard.ResearchMode = !options.Clinical;
                return options.Run != null ? Headless.Run(session, options) : Desktop.Run(session, options);
            }
            catch (UsageException error)
            {
                return Tell(error, 2);
            }
            catch (Exception error)
            {
                return Tell(error, 1);
            }
        }

        private static int Tell(Exception error, int code)
        {
            Console.Error.WriteLine("MockEclipse: " + error.Message);
            return code;
        }
    }
}
